import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { expect } from 'chai';

interface LockedPackage {
  readonly resolved?: string;
  readonly optionalDependencies?: Record<string, string>;
}

describe('lockfile', () => {
  let packages: Record<string, LockedPackage>;

  before(async () => {
    const manifest = createRequire(import.meta.url).resolve('cachewright/package.json');
    const lockfile = manifest.replace(/package\.json$/, 'package-lock.json');
    ({ packages } = JSON.parse(await readFile(lockfile, 'utf8')) as { packages: typeof packages });
  });

  it('names no registry', () => {
    const hosts = Object.values(packages).filter(({ resolved }) => resolved?.startsWith('http'));
    expect(hosts).to.deep.equal([]);
  });

  // An installation that cannot reach one of them leaves it out, and `npm ci` then fails on every platform.
  it('knows the binaries of every platform', () => {
    const optional = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).map((name) => ({ path, name })),
    );
    const missing = optional.filter(
      ({ path, name }) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    );
    expect(missing).to.deep.equal([]);
    expect(optional).to.deep.include({ path: 'node_modules/oxlint', name: '@oxlint/binding-darwin-arm64' });
  });
});
