import type { MaybePromise } from '../util/maybe-promise.js';
import type { BackendCall } from './backend.js';

/** The lock was taken, by `owner`, until its lease ends. */
export interface LockGranted {
  /** Larger than every token this lock gave before, also after the server lost its memory: a safe integer. */
  readonly token: number;
}

/** Somebody else holds the lock. */
export interface LockHeld {
  /** What remains of the holder's lease, in ms: how long to wait at most before asking again. */
  readonly heldForMs: number;
}

/**
 * A backend's locks. A lock ends by itself when its lease is over. Keys are final, and of another kind than those of
 * entries: `clear` does not touch them.
 */
export interface LockStore {
  /**
   * Takes the lock if it is free. Asked again by the same `owner` while that one holds it, it grants it again, and the lease
   * begins anew: so an acquire whose answer was lost can be repeated.
   * @param owner a random text that no other attempt uses
   */
  acquire(key: string, owner: string, leaseMs: number, call: BackendCall): MaybePromise<LockGranted | LockHeld>;
  /** Lets the lease begin anew, if `owner` still holds the lock; answers whether it does. */
  renew(key: string, owner: string, leaseMs: number, call: BackendCall): MaybePromise<boolean>;
  /** Ends the lock, if `owner` still holds it, and wakes those who wait; answers whether it did. */
  release(key: string, owner: string, call: BackendCall): MaybePromise<boolean>;
  /**
   * Calls `wake` whenever the lock was released, or may have been. Absent where the backend cannot tell: then waiters ask again
   * from time to time. Answers, once nothing can be missed any more, how to stop.
   */
  watch?(key: string, wake: () => void, call: BackendCall): MaybePromise<() => void>;
}
