import type { Cache } from '../../contracts/cache.js';
import type { CommonOptions } from '../../registry/config.js';
import type { PassingTime } from '../passing-time.js';
import { JSON_VALUES } from '../values.js';
import type { CacheConformanceOptions } from './conformance.js';

/** What a case wants of its cache beside what the suite's user chose. Plugins come last. */
export type TrialOverrides = Pick<CommonOptions, 'namespace' | 'ttl' | 'plugins'>;

/** A cache on trial, with a namespace of its own. */
export class CacheTrial {
  readonly values: readonly unknown[];
  readonly wholeNamespaces: boolean;
  readonly #create: (overrides: TrialOverrides) => Promise<Cache>;

  /** @param create makes one more cache, closed with the trial */
  constructor(
    readonly cache: Cache,
    readonly namespace: string,
    options: Pick<CacheConformanceOptions, 'values' | 'wholeNamespaces'>,
    readonly time: PassingTime,
    create: (overrides: TrialOverrides) => Promise<Cache>,
  ) {
    this.values = options.values ?? JSON_VALUES;
    this.wholeNamespaces = options.wholeNamespaces ?? false;
    this.#create = create;
  }

  /** A cache like the one on trial, in the same namespace unless told otherwise. */
  readonly another = (overrides: TrialOverrides): Promise<Cache> => {
    return this.#create({ namespace: this.namespace, ...overrides });
  };
}
