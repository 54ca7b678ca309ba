import type { SerializerName } from '../contracts/names.js';
import type { Serializer } from '../contracts/serializer.js';
import { ConfigError } from '../errors.js';
import { nearestName } from '../util/nearest-name.js';
import { json } from './json.js';
import { msgpack } from './msgpack.js';
import { reference } from './reference.js';
import { string } from './string.js';
import { v8 } from './v8.js';

const SERIALIZERS: Record<SerializerName, () => Serializer> = {
  reference: () => reference,
  string: () => string,
  json: () => json,
  msgpack: () => msgpack(),
  v8: () => v8,
};

export const SERIALIZER_NAMES = Object.keys(SERIALIZERS) as readonly SerializerName[];

/**
 * One of the built-in serializers. Loads no package before the serializer is used.
 * @throws ConfigError when there is none of that name
 */
export function serializerByName(name: SerializerName): Serializer {
  if (!SERIALIZER_NAMES.includes(name)) {
    const near = typeof name === 'string' ? nearestName(name, SERIALIZER_NAMES) : undefined;
    const hint = near === undefined ? '' : ` did you mean "${near}"?`;
    throw new ConfigError(
      `serializerByName: there is no such serializer;${hint} use one of ${SERIALIZER_NAMES.join(', ')}`,
    );
  }
  return SERIALIZERS[name]();
}
