import { AsyncLocalStorage } from 'node:async_hooks';

const IDLE_MS = 1_000;

/** Runs work outside of every request: what it awaits sees no tenant, no transaction and no trace of whoever happened to come by. */
export const detached = AsyncLocalStorage.snapshot();

/**
 * A value that follows a piece of work through its awaits.
 *
 * On Node before 24 an `AsyncLocalStorage` in use makes every promise of the process about twice as expensive, so this one
 * is switched off again once nothing has used it for a second, and not asked while nothing runs in it.
 */
export class AsyncContext<T> {
  readonly #storage = new AsyncLocalStorage<T>();
  #running = 0;
  #used = false;
  #armed = false;

  /** The value of the innermost work we are in. */
  get current(): T | undefined {
    return this.#running === 0 ? undefined : this.#storage.getStore();
  }

  /** Runs `work` with `value`. The value is seen from {@link enter} (call it before) to the matching {@link exit}. */
  run<A, R>(value: T, work: (argument: A) => R, argument: A): R {
    return this.#storage.run(value, work, argument);
  }

  enter(): void {
    this.#running++;
    this.#used = true;
  }

  exit(): void {
    if (--this.#running === 0 && !this.#armed) this.#switchOffWhenIdle();
  }

  #switchOffWhenIdle(): void {
    this.#armed = true;
    this.#used = false;
    setTimeout(() => {
      this.#armed = false;
      if (this.#running > 0) return;
      if (this.#used) this.#switchOffWhenIdle();
      else this.#storage.disable();
    }, IDLE_MS).unref();
  }
}
