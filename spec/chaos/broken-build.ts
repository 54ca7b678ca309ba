import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A change that breaks something. */
export interface Patch {
  /** In `dist`. */
  readonly file: string;
  /** What stands there, once. */
  readonly sound: string;
  /** What shall stand there instead. */
  readonly broken: string;
}

/** A copy of the built library, and of the worker that uses it, in which something is broken on purpose. */
export class BrokenBuild {
  readonly #folder: string;

  constructor(name: string, patches: readonly Patch[]) {
    // Inside of the repository, so that packages are found.
    this.#folder = join(ROOT, 'build/broken', name);
    this.dispose();
    mkdirSync(this.#folder, { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(this.#folder, 'package.json'));
    for (const part of ['dist', 'build/spec/chaos']) {
      cpSync(join(ROOT, part), join(this.#folder, part), { recursive: true });
    }
    for (const { file, sound, broken } of patches) {
      const path = join(this.#folder, 'dist', file);
      const parts = readFileSync(path, 'utf8').split(sound);
      if (parts.length !== 2) throw new Error(`"${sound}" stands ${parts.length - 1} times in ${file}`);
      writeFileSync(path, parts.join(broken));
    }
  }

  get worker(): URL {
    return new URL(`file://${join(this.#folder, 'build/spec/chaos/worker.js')}`);
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
