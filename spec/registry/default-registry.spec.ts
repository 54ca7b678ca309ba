import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { ConfigError } from '#lib/errors.js';
import { createRegistry } from '#lib/registry/create.js';
import { defaultRegistry, defaultRegistryVersion, setDefaultRegistry } from '#lib/registry/default-registry.js';
import type { CacheRegistry } from '#lib/registry/registry.js';

describe('the default registry', () => {
  let before: CacheRegistry;
  beforeEach(() => {
    before = defaultRegistry();
  });
  afterEach(() => setDefaultRegistry(before));

  it('starts as one memory cache', () => {
    const script = `
      import { defaultRegistry } from ${JSON.stringify(import.meta.resolve('#lib/registry/default-registry.js'))};
      process.stdout.write(JSON.stringify(defaultRegistry().config()));
    `;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect(JSON.parse(stdout)).to.deep.equal({ default: { backend: 'memory' } });
  });

  it('is the same one until another is set', () => {
    expect(defaultRegistry()).to.equal(before);
    const { closed } = before;
    const registry = createRegistry({ default: 'memory://' });
    setDefaultRegistry(registry);
    expect(defaultRegistry()).to.equal(registry);
    expect(before.closed).to.equal(closed);
  });

  it('counts its changes, for those who remember what they found', () => {
    const version = defaultRegistryVersion;
    defaultRegistry();
    expect(defaultRegistryVersion).to.equal(version);
    setDefaultRegistry(createRegistry({ default: 'memory://' }));
    expect(defaultRegistryVersion).to.be.greaterThan(version);
  });

  it('refuses what is no registry', () => {
    expect(() => setDefaultRegistry({} as CacheRegistry)).to.throw(
      ConfigError,
      'the default registry must be made by createRegistry',
    );
    expect(defaultRegistry()).to.equal(before);
  });
});
