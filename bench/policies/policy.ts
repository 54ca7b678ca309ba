/** A cache of unit weights whose keys are whole numbers from 0 on. */
export interface Policy {
  /** A `get`, and a `set` if it misses. Answers whether it hit. */
  access(key: number): boolean;
}

/**
 * Builds a policy.
 * @param capacity entries, at least 1
 * @param keys keys are below this number, so that plain arrays can stand for maps
 */
export type PolicyFactory = (capacity: number, keys: number) => Policy;
