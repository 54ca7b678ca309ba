import { expect } from 'chai';
import type { Cache } from '#lib/contracts/cache.js';
import { COMMAND_NAMES, type CommandName } from '#lib/contracts/commands.js';
import type { CommandContext, CommandOutcome } from '#lib/contracts/plugin.js';
import { Latencies } from '#lib/plugins/latencies.js';
import { TimingPlugin } from '#lib/plugins/timing.js';

/** The timing plugin looks at nothing but the command's name and `tookMs`. */
const contextOf = (command: CommandName): CommandContext => ({
  cache: {} as Cache,
  command,
  input: { options: {} },
  startedAt: 0,
});
const took = (tookMs: number): CommandOutcome => ({ output: undefined, tookMs });

describe('timing plugin', () => {
  it('has a hook behind every command', () => {
    const plugin = new TimingPlugin() as unknown as Record<
      string,
      (context: CommandContext, outcome: CommandOutcome) => void
    >;
    for (const command of COMMAND_NAMES) {
      plugin[`post${command[0]!.toUpperCase()}${command.slice(1)}`]!(contextOf(command), took(1));
    }
    expect(Object.keys((plugin as unknown as TimingPlugin).profile())).to.have.members(COMMAND_NAMES);
  });

  it('lists nothing before anything was called', () => {
    expect(new TimingPlugin().profile()).to.deep.equal({});
  });

  it('tells count, extremes, mean and percentiles per command', () => {
    const plugin = new TimingPlugin();
    for (let ms = 1; ms <= 100; ms++) plugin.postGet(contextOf('get'), took(ms));
    plugin.postSet(contextOf('set'), took(7));
    const { get, set } = plugin.profile();
    expect(get).to.include({ count: 100, min: 1, max: 100, mean: 50.5, failures: 0 });
    expect(get!.p50).to.be.within(50, 50 * 1.091);
    expect(get!.p99).to.be.within(99, 100);
    expect(set).to.deep.equal({ count: 1, min: 7, max: 7, mean: 7, p50: 7, p99: 7, failures: 0 });
  });

  it('counts failures apart, also of what never succeeded', () => {
    const plugin = new TimingPlugin();
    plugin.onError(contextOf('get'));
    plugin.onError(contextOf('get'));
    plugin.postSet(contextOf('set'), took(1));
    plugin.onError(contextOf('set'));
    const { get, set } = plugin.profile();
    expect(get).to.deep.equal({ count: 0, min: 0, max: 0, mean: 0, p50: 0, p99: 0, failures: 2 });
    expect(set).to.include({ count: 1, failures: 1 });
  });

  it('forgets on reset', () => {
    const plugin = new TimingPlugin();
    plugin.postGet(contextOf('get'), took(1));
    plugin.onError(contextOf('get'));
    plugin.reset();
    expect(plugin.profile()).to.deep.equal({});
  });

  it('is never too low with a percentile, and too high by at most 9.1 %', () => {
    for (let ms = 0.001; ms < 4e6; ms *= 1.37) {
      const latencies = new Latencies();
      latencies.record(ms / 1e3);
      latencies.record(ms);
      latencies.record(ms * 1e3);
      expect(latencies.percentile(0.5)).to.be.within(ms, ms * 1.0906);
    }
  });

  it('copes with times of nothing and of for ever', () => {
    const latencies = new Latencies();
    for (const ms of [0, 0, 1e15]) latencies.record(ms);
    expect(latencies.percentile(0.5)).to.be.within(0, 0.001);
    expect(latencies.percentile(0.99)).to.equal(1e15);
    expect(latencies).to.include({ count: 3, min: 0, max: 1e15 });
  });
});
