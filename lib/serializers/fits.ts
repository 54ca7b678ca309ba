import type { Serializer, WireKind } from '../contracts/serializer.js';

const RICHNESS: Record<WireKind, number> = { text: 0, bytes: 1, reference: 2 };

/** Whether a backend that holds `held` can hold what a serializer makes. */
export function fits(made: WireKind, held: WireKind): boolean {
  return RICHNESS[made] <= RICHNESS[held];
}

/** What is wrong with an object that is to be a serializer, to be put behind the name of the option; `undefined` when nothing is. */
export function shapeMistake(given: object): string | undefined {
  const { name, wire, decimalIntegers, serialize, deserialize } = given as Partial<Record<keyof Serializer, unknown>>;
  const missing = Object.entries({ serialize, deserialize }).filter(([, method]) => typeof method !== 'function');
  if (missing.length > 0) return ` lacks ${missing.map(([method]) => `${method}()`).join(', ')}`;
  if (typeof name !== 'string' || name === '') return '.name is no text; give it a name';
  if (!Object.hasOwn(RICHNESS, wire as PropertyKey))
    return `.wire is none; use one of ${Object.keys(RICHNESS).join(', ')}`;
  return integersMistake(decimalIntegers);
}

export function integersMistake(given: unknown): string | undefined {
  if (given === undefined || typeof given === 'boolean') return undefined;
  return `.decimalIntegers is of type ${typeof given}; use true or false`;
}
