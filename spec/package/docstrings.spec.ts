import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';
import { root } from '../samples/printed.js';

const { exports } = createRequire(import.meta.url)('cachewright/package.json') as {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
};
const FILES = Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [] : [join(root, entry.types)]));

/** Every member of these is for users to give or to call. */
const TALKATIVE = /^(?:Cache|Plugin|LoadContext|Remembered\w+|\w+Options)$/;

describe('docstrings', function () {
  this.timeout(30_000);
  let checker: ts.TypeChecker;
  let published: readonly ts.Symbol[];

  before('read the declarations', () => {
    const { NodeNext } = ts.ModuleResolutionKind;
    const program = ts.createProgram(FILES, { module: ts.ModuleKind.NodeNext, moduleResolution: NodeNext });
    checker = program.getTypeChecker();
    published = FILES.flatMap((file) =>
      checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!),
    ).map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol));
  });

  const undocumented = (symbols: readonly ts.Symbol[]): string[] =>
    symbols.filter((symbol) => symbol.getDocumentationComment(checker).length === 0).map(({ name }) => name);

  it('explain everything that is exported', () => {
    expect(published).to.have.length.above(100);
    expect(undocumented(published)).to.deep.equal([]);
  });

  it('explain every option, and all of a cache', () => {
    const silent = published
      .filter(({ name }) => TALKATIVE.test(name))
      .flatMap(({ name, members }) =>
        undocumented([...(members?.values() ?? [])].filter(isProperty)).map((member) => `${name}.${member}`),
      );
    expect(silent).to.deep.equal([]);
  });
});

function isProperty({ flags }: ts.Symbol): boolean {
  return (flags & (ts.SymbolFlags.Property | ts.SymbolFlags.Method)) !== 0;
}
