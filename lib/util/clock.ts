/**
 * Where times come from. Milliseconds from an arbitrary origin that never go backwards:
 * lifetimes must not change when somebody sets the wall clock.
 */
export interface Clock {
  now(): number;
}

/** The process's monotonic clock. Looked up on each call, so fake timers that replace `performance.now` are seen. */
export const systemClock: Clock = {
  now: () => performance.now(),
};

/** The time of day, in ms since 1970: what processes on different machines roughly agree about. */
export const wallClock: Clock = {
  now: () => Date.now(),
};
