import type { Plan } from './plan.js';

/** A method whose results are cached, as other decorators and handles use it. */
export interface KeyedMethod {
  /** How it is cached for `self`. */
  planFor(self: unknown): Plan;
  /** The keys of a call with these arguments: one, or for a method over many ids one each. */
  keysOf(plan: Plan, self: unknown, args: readonly unknown[]): readonly string[];
  /**
   * Makes sure that arguments from outside speak of a single value.
   * @throws ConfigError when a method over many ids is given a list of them instead of one: that would be the key of nothing
   */
  checkSingle(args: readonly unknown[]): void;
  /** The key of a single value: for a method over many ids, `args` has one id in place of the ids. */
  keyOf(plan: Plan, self: unknown, args: readonly unknown[]): string;
  /** Runs the method for a single value, as above, and stores the result; whatever was stored is not read. */
  refresh(self: unknown, args: readonly unknown[]): Promise<unknown>;
  /** A stored value as callers of the method would see it; `undefined` = none. */
  seen(plan: Plan, stored: unknown): unknown;
}
