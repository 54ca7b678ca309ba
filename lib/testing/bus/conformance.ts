import type { Bus } from '../../contracts/bus.js';
import { ConfigError } from '../../errors.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { checkSuite, declareSuite } from '../suite.js';
import type { BusCase } from './case.js';
import { BUS_CASES } from './cases.js';

/** Options of `busConformance`. */
export interface BusConformanceOptions {
  /** Makes two ends that hear one another, as in two processes, or one object twice; called for every case, which closes them. */
  readonly create: () => MaybePromise<readonly [one: Bus, other: Bus]>;
}

/**
 * Declares a suite that holds a bus to every rule of `Bus`.
 * @throws ConfigError for an option that is wrong or does not exist
 */
export function busConformance(name: string, options: BusConformanceOptions): void {
  checkSuite('busConformance', name, options, ['create']);
  declareSuite(name, BUS_CASES, (rule) => runBusCase(rule, options));
}

function isPair(ends: unknown): ends is readonly [Bus, Bus] {
  return Array.isArray(ends) && ends.length === 2 && ends.every((end) => typeof end === 'object' && end !== null);
}

/** Rejects if the bus breaks the rule. */
export async function runBusCase(rule: BusCase, { create }: BusConformanceOptions): Promise<void> {
  const ends: unknown = await create();
  if (!isPair(ends))
    throw new ConfigError(
      'busConformance: what create() answered is no pair; let it answer [one, other], two ends of a bus or one twice',
    );
  const [one, other] = ends;
  try {
    await rule.run({ one, other });
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
}
