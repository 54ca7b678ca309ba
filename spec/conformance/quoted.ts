import type { Serializer } from 'cachewright';

/** A serializer as users write them: JSON in bytes, and no promise about counters. */
export const quoted: Serializer = {
  name: 'quoted',
  wire: 'bytes',
  serialize(value) {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`JSON has nothing for a ${typeof value}`);
    return new TextEncoder().encode(`json ${text}`);
  },
  deserialize: (wire) => JSON.parse(new TextDecoder().decode(wire as Uint8Array).replace(/^json /, '')) as unknown,
};
