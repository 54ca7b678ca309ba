import type { Backend } from '../contracts/backend.js';
import type { Isolation } from '../contracts/names.js';
import type { Plugin } from '../contracts/plugin.js';
import type { Serializer } from '../contracts/serializer.js';
import type { Clock } from '../util/clock.js';
import type { NearTierSpec } from './tier/near-tier.js';

/** Any class. */
export type Class = abstract new (...args: never[]) => object;

/** When the breaker of a shared backend opens, and how it tries again. */
export interface BreakerSpec {
  /** Failures or timeouts running that open it. */
  readonly after: number;
  /** First wait before a probe, in ms; doubled after each failed one. */
  readonly retryMs: number;
  /** Longest wait before a probe, in ms. */
  readonly maxRetryMs: number;
}

/** A cache's whole configuration, validated and in final units: what a stack is built from. */
export interface StackSpec {
  readonly name: string;
  /** `''` = bare keys. */
  readonly namespace: string;
  /** One more segment in front of all keys, for several applications on one server. */
  readonly outerNamespace: string | undefined;
  readonly buildKey: ((key: string, namespace: string) => string) | undefined;
  readonly backend: Backend;
  /** Whether closing the cache closes the backend. */
  readonly ownsBackend: boolean;
  /** Copies in this process, in front of the backend. `undefined` = none. */
  readonly nearTier: NearTierSpec | undefined;
  readonly serializer: Serializer;
  readonly plugins: readonly Plugin[];
  /** `undefined` = never expires. */
  readonly ttlMs: number | undefined;
  /** `undefined` = no limit. */
  readonly timeoutMs: number | undefined;
  /** `undefined` = no limit. */
  readonly budgetMs: number | undefined;
  /** The most loaders that run at the same time; `undefined` = any number. */
  readonly originConcurrency: number | undefined;
  readonly isolation: Isolation;
  /** `undefined` = none. Used for shared backends only. */
  readonly breaker: BreakerSpec | undefined;
  readonly clock: Clock;
  /** Where chance comes from: numbers from 0 to below 1. */
  readonly random: () => number;
  /** `false` = switched off from the start. */
  readonly enabled: boolean;
  /** Classes whose instances may stand in default argument keys. */
  readonly dataClasses: readonly Class[];
}
