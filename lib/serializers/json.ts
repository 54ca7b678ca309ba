import type { Serializer } from '../contracts/serializer.js';
import { SerializationError } from '../errors.js';
import { attempt } from './attempt.js';

/**
 * JSON, with its ways: a `Date` becomes text, `NaN` becomes `null`, functions and `undefined` in objects are left out.
 * What would leave nothing at all is refused. A `__proto__` in the text becomes an ordinary own property.
 */
export const json: Serializer<string> = {
  name: 'json',
  wire: 'text',
  serialize(value) {
    const text = attempt<string | undefined>(
      () => JSON.stringify(value),
      'it refers to itself, is nested too deeply, or holds a BigInt or a toJSON that throws',
    );
    if (text === undefined) throw new SerializationError(`JSON has nothing for a ${typeof value}`);
    return text;
  },
  deserialize(wire) {
    if (typeof wire !== 'string') throw new SerializationError('it is no text; another serializer wrote it');
    // Every read comes here: no closure for attempt().
    try {
      return JSON.parse(wire) as unknown;
    } catch {
      throw new SerializationError('it is not valid JSON');
    }
  },
};
