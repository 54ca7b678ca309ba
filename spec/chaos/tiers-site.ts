import type { RedisServer } from '../support/redis-server.js';
import type { Random } from './random.js';
import { SingleSite } from './single-site.js';
import type { Site } from './site.js';
import { SHARED_TIERS, type SharedTier } from './stack.js';

/** Two servers that know nothing of each other: one for the copies in the middle, one for the entries. */
export class TiersSite implements Site {
  readonly #sites = { middle: new SingleSite(), last: new SingleSite() };
  #aimedAt: SharedTier = 'last';

  /** The one that the present fault concerns, with its spare. */
  get aimed(): SingleSite {
    return this.#sites[this.#aimedAt];
  }

  get redis(): RedisServer {
    return this.aimed.redis;
  }

  get targets(): readonly RedisServer[] {
    return SHARED_TIERS.map((tier) => this.#sites[tier].redis);
  }

  get aimedAt(): number {
    return SHARED_TIERS.indexOf(this.#aimedAt);
  }

  get holdsEntries(): boolean {
    return this.#aimedAt === 'last';
  }

  async start(): Promise<void> {
    await Promise.all(SHARED_TIERS.map((tier) => this.#sites[tier].start()));
  }

  /** Faults that concern neither of them say nothing of it. */
  aim(_: Random, tier: SharedTier = 'last'): Promise<void> {
    this.#aimedAt = tier;
    return Promise.resolve();
  }

  settle(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async dispose(): Promise<void> {
    await Promise.all(SHARED_TIERS.map((tier) => this.#sites[tier].dispose()));
  }
}
