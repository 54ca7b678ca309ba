/** A value, or a promise of it. Internal currency: public methods always answer with a promise. */
export type MaybePromise<T> = T | Promise<T>;

/** Whether `value` has to be awaited. Accepts any thenable, so a client with its own promise class works. */
export function isPending<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** Applies `next` at once to a settled value and later to a pending one: no promise is made that was not there. */
export function chain<T, U>(value: MaybePromise<T>, next: (value: T) => MaybePromise<U>): MaybePromise<U> {
  return isPending(value) ? value.then(next) : next(value);
}

/** For what is refused because it is a promise: its own failure is nobody's business any more, and must not end the process. */
export function disown(value: unknown): void {
  if (isPending(value)) ignoreRejection(value);
}

/** For promises whose failure is reported elsewhere: a late rejection must never become an unhandled one. */
export function ignoreRejection(promise: Promise<unknown>): void {
  promise.then(undefined, () => undefined);
}
