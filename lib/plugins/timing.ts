import type { CommandName } from '../contracts/commands.js';
import type { CommandContext, CommandOutcome, Plugin } from '../contracts/plugin.js';
import { Latencies } from './latencies.js';

/** How long one command took, in ms. All are `0` while it has not succeeded yet. */
export interface CommandProfile {
  /** How many succeeded. */
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Half of them took no longer; too high by at most 9.1 %. */
  readonly p50: number;
  /** 99 in 100 took no longer; too high by at most 9.1 %. */
  readonly p99: number;
  /** How many failed or timed out. Their times count for nothing else. */
  readonly failures: number;
}

/** Measures how long each command takes, the hooks of the other plugins included. */
export class TimingPlugin implements Plugin {
  readonly name = 'timing';
  readonly #latencies = new Map<CommandName, Latencies>();
  readonly #failures = new Map<CommandName, number>();

  readonly #record = ({ command }: CommandContext, { tookMs }: CommandOutcome): void => {
    let latencies = this.#latencies.get(command);
    if (latencies === undefined) this.#latencies.set(command, (latencies = new Latencies()));
    latencies.record(tookMs);
  };

  readonly postAdd = this.#record;
  readonly postGet = this.#record;
  readonly postSet = this.#record;
  readonly postMultiGet = this.#record;
  readonly postMultiSet = this.#record;
  readonly postDelete = this.#record;
  readonly postMultiDelete = this.#record;
  readonly postExists = this.#record;
  readonly postIncrement = this.#record;
  readonly postExpire = this.#record;
  readonly postTtl = this.#record;
  readonly postClear = this.#record;
  readonly postRaw = this.#record;

  onError({ command }: CommandContext): void {
    this.#failures.set(command, (this.#failures.get(command) ?? 0) + 1);
  }

  /** By command; one that was never called is not listed. */
  profile(): Partial<Record<CommandName, CommandProfile>> {
    const profile: Partial<Record<CommandName, CommandProfile>> = {};
    for (const command of new Set([...this.#latencies.keys(), ...this.#failures.keys()])) {
      const latencies = this.#latencies.get(command) ?? new Latencies();
      const { count, min, max, mean } = latencies;
      profile[command] = {
        count,
        min,
        max,
        mean,
        p50: latencies.percentile(0.5),
        p99: latencies.percentile(0.99),
        failures: this.#failures.get(command) ?? 0,
      };
    }
    return profile;
  }

  /** Forgets everything measured so far. */
  reset(): void {
    this.#latencies.clear();
    this.#failures.clear();
  }
}
