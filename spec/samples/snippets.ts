import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './printed.js';

/** A `ts` block of a page. */
export interface Snippet {
  /** Page and line, for messages. */
  readonly place: string;
  readonly code: string;
  /** The `text` block right after it, if there is one: what it prints. */
  readonly prints: string | undefined;
}

const FENCE = /^```ts( checked)?\n([^]*?)^```\n(?:\s*(?:prints\n\s*)?^```text\n([^]*?)^```\n)?/gm;

/** The blocks of a page that are complete programs: those marked `ts checked`, or all. */
export function snippetsOf(page: string, { all }: { readonly all: boolean }): Snippet[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(FENCE)]
    .filter(([, checked]) => all || checked !== undefined)
    .map(({ index, 2: code, 3: prints }) => ({
      place: `${page}:${text.slice(0, index).split('\n').length}`,
      code: code!,
      prints,
    }));
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  types: ['node', 'mocha'],
  strict: true,
  skipLibCheck: true,
};

/** The compilers a reader may have. */
export const DIALECTS: Record<string, ts.CompilerOptions> = {
  experimental: { ...OPTIONS, experimentalDecorators: true, emitDecoratorMetadata: true },
  standard: OPTIONS,
};

/** Snippets, written out where the package finds itself by its name, as a user's code does. */
export class Written {
  readonly #folder: string;
  readonly #files: readonly string[];

  constructor(snippets: readonly Snippet[]) {
    this.#folder = mkdtempSync(join(root, 'build', 'snippets-'));
    this.#files = snippets.map(({ code }, index) => {
      const file = join(this.#folder, `${index}.mts`);
      writeFileSync(file, code);
      return file;
    });
  }

  /** Compiles all of them and answers what the compiler has to say. */
  compile(options: ts.CompilerOptions): string[] {
    const program = ts.createProgram(this.#files, { ...options, outDir: this.#folder, rootDir: this.#folder });
    const { diagnostics } = program.emit();
    return [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, start, messageText }) => {
      const line = file === undefined ? '' : `${file.fileName}:${file.getLineAndCharacterOfPosition(start!).line + 1} `;
      return `${line}${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
  }

  /** The compiled program of a snippet. */
  program(index: number): string {
    return join(this.#folder, `${index}.mjs`);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true });
  }
}
