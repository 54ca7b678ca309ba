import type { LoadContext } from '../contracts/loading.js';
import type { Flight } from './flight.js';
import type { MaybePromise } from '../util/maybe-promise.js';
import type { Ttl } from '../util/duration.js';

/** Makes a load's context when it is asked for: most methods never do. */
export interface ContextSource {
  context(): LoadContext;
}

/** What is run on a miss, and what is to be done with its answer. What these throw reaches the caller untouched. */
export interface LoadTask<T> {
  /** @param source makes the context for loaders that take one */
  run(source: ContextSource): MaybePromise<T>;
  /** Whether to store this value. Not asked for `undefined`. */
  stores(value: T): boolean;
  /** Its ttl; `undefined` = the plan's. */
  ttl(value: T): Ttl | undefined;
  /** The tags that follow from the value. Not offered where none do. */
  tags?(value: T): readonly string[];
  /** Whether it can set tags in its context; `'hardly'` = it declares no parameter for one. */
  readonly mayTag: 'no' | 'hardly' | 'yes';
  /** Told of the load that this call began, where entries can be held on to. */
  departed?(flight: Flight): void;
}

/** Like {@link LoadTask}, for many keys at once. Keys are known by their position. */
export interface BatchTask<T> {
  /** Runs once, with the positions that are neither cached nor being loaded; answers what it found, by position. */
  run(positions: readonly number[]): MaybePromise<ReadonlyMap<number, T>>;
  stores(value: T, position: number): boolean;
  ttl(value: T, position: number): Ttl | undefined;
  /** The tags that follow from the value. Not offered where none do. */
  tags?(value: T, position: number): readonly string[];
  /** Stored for keys that were asked for and not found; `undefined` = nothing. */
  readonly placeholder: T | undefined;
}
