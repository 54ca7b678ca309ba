import type { BackendCall, Wire } from './backend.js';
import type { MaybePromise } from '../util/maybe-promise.js';

/** What a key holds, and what tells this state of it from every other one. */
export interface Versioned {
  /** `undefined` = the key is absent. */
  readonly wire: Wire | undefined;
  /** Known to the backend alone. Absence has one, too. */
  readonly version: unknown;
}

/** A backend's compare-and-set. */
export interface VersionedStore {
  read(key: string, call: BackendCall): MaybePromise<Versioned>;
  /**
   * Replaces value and lifetime, atomically, only if the key is still in the state that `version` stands for.
   * Answers the version of what was written; `undefined` = somebody changed, deleted or created it since.
   */
  compareAndSet(
    key: string,
    version: unknown,
    wire: Wire,
    ttlMs: number | undefined,
    call: BackendCall,
  ): MaybePromise<{ readonly version: unknown } | undefined>;
}
