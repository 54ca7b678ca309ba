import { expect } from 'chai';
import type { Cache } from '#lib/contracts/cache.js';
import type { CommandContext } from '#lib/contracts/plugin.js';
import { HitMissRatioPlugin } from '#lib/plugins/hit-miss-ratio.js';

const get: CommandContext<'get'> = {
  cache: {} as Cache,
  command: 'get',
  input: { key: 'k', options: {} },
  startedAt: 0,
};
const multiGet: CommandContext<'multiGet'> = {
  cache: {} as Cache,
  command: 'multiGet',
  input: { keys: [], options: {} },
  startedAt: 0,
};

describe('hit-miss-ratio plugin', () => {
  it('has a ratio of 0 when nothing was asked', () => {
    expect(new HitMissRatioPlugin().stats()).to.deep.equal({ hits: 0, misses: 0, ratio: 0 });
  });

  it('counts what came from the cache, whatever was answered', () => {
    const plugin = new HitMissRatioPlugin();
    plugin.postGet(get, { output: null, hit: true, tookMs: 0 });
    plugin.postGet(get, { output: 'the default', hit: false, tookMs: 0 });
    plugin.postGet(get, { output: undefined, hit: false, tookMs: 0 });
    plugin.postGet(get, { output: 0, hit: true, tookMs: 0 });
    expect(plugin.stats()).to.deep.equal({ hits: 2, misses: 2, ratio: 0.5 });
  });

  it('counts multiGet key by key', () => {
    const plugin = new HitMissRatioPlugin();
    plugin.postMultiGet(multiGet, { output: [1, undefined, null, 2], hit: [true, false, true, true], tookMs: 0 });
    plugin.postMultiGet(multiGet, { output: [], hit: [], tookMs: 0 });
    expect(plugin.stats()).to.deep.equal({ hits: 3, misses: 1, ratio: 0.75 });
  });

  it('counts from zero again after reset', () => {
    const plugin = new HitMissRatioPlugin();
    plugin.postGet(get, { output: 1, hit: true, tookMs: 0 });
    plugin.reset();
    expect(plugin.stats()).to.deep.equal({ hits: 0, misses: 0, ratio: 0 });
  });
});
