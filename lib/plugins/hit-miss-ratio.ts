import type { CommandContext, CommandOutcome, Plugin } from '../contracts/plugin.js';

/** What {@link HitMissRatioPlugin.stats} answers. */
export interface HitMissStats {
  readonly hits: number;
  readonly misses: number;
  /** Hits per key asked for, 0..1; `0` when nothing was asked. */
  readonly ratio: number;
}

/** Counts hits and misses of `get` and, key by key, `multiGet`. A miss that was answered with a default is a miss. */
export class HitMissRatioPlugin implements Plugin {
  readonly name = 'hit-miss-ratio';
  #hits = 0;
  #misses = 0;

  postGet(_context: CommandContext<'get'>, { hit }: CommandOutcome<'get'>): void {
    if (hit === true) this.#hits++;
    else if (hit === false) this.#misses++;
  }

  postMultiGet(_context: CommandContext<'multiGet'>, { hit }: CommandOutcome<'multiGet'>): void {
    if (!Array.isArray(hit)) return;
    for (const one of hit) {
      if (one) this.#hits++;
      else this.#misses++;
    }
  }

  stats(): HitMissStats {
    const asked = this.#hits + this.#misses;
    return { hits: this.#hits, misses: this.#misses, ratio: asked === 0 ? 0 : this.#hits / asked };
  }

  /** Counts from zero again. */
  reset(): void {
    this.#hits = 0;
    this.#misses = 0;
  }
}
