import type { Serializer } from '../contracts/serializer.js';
import { SerializationError } from '../errors.js';
import { attempt } from './attempt.js';

/** Text as it is; anything else as `String(value)`, and it stays text. */
export const string: Serializer<string> = {
  name: 'string',
  wire: 'text',
  serialize: (value) =>
    typeof value === 'string' ? value : attempt(() => String(value), 'it cannot be made a string'),
  deserialize(wire) {
    if (typeof wire !== 'string') throw new SerializationError('it is no text; another serializer wrote it');
    return wire;
  },
};
