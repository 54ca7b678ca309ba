import type { Serializer } from '../../contracts/serializer.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { checkSuite, declareSuite } from '../suite.js';
import { JSON_VALUES } from '../values.js';
import { SERIALIZER_CASES, type SerializerCase } from './cases.js';

/** Options of `serializerConformance`. */
export interface SerializerConformanceOptions {
  /** Makes the serializer; called for every case. */
  readonly create: () => MaybePromise<Serializer>;
  /** What it keeps: each has to come back deeply equal. Default: everything JSON knows. */
  readonly values?: readonly unknown[] | undefined;
}

/**
 * Declares a suite that holds a serializer to every rule of `Serializer`.
 * @throws ConfigError for an option that is wrong or does not exist
 */
export function serializerConformance(name: string, options: SerializerConformanceOptions): void {
  checkSuite('serializerConformance', name, options, ['create', 'values']);
  declareSuite(name, SERIALIZER_CASES, (rule) => runSerializerCase(rule, options));
}

/** Rejects if the serializer breaks the rule. */
export async function runSerializerCase(rule: SerializerCase, options: SerializerConformanceOptions): Promise<void> {
  const { create, values = JSON_VALUES } = options;
  await rule.run({ serializer: await create(), values });
}
