import type { Serializer } from 'cachewright';
import { json } from '#lib/serializers/json.js';
import { reference } from '#lib/serializers/reference.js';

/** A serializer of text with something wrong. */
const text = (wrong: Partial<Serializer<string>>): Serializer => ({ ...json, ...wrong });

/** JSON in bytes with something wrong. */
const bytes = (wrong: Partial<Serializer<Uint8Array>>): Serializer =>
  ({
    name: 'bytes',
    wire: 'bytes',
    serialize: (value) => Buffer.from(json.serialize(value)),
    deserialize: (wire) => json.deserialize(Buffer.from(wire).toString()),
    ...wrong,
  }) satisfies Serializer<Uint8Array>;

/** By rule: serializers that break it. */
export const SERIALIZER_MUTANTS: Readonly<Record<string, readonly Serializer[]>> = {
  'it has a name and says what it makes': [text({ name: '' }), text({ wire: 'json' as 'text' })],
  'every value survives the round trip': [
    text({ deserialize: (wire) => wire }),
    text({ serialize: (value) => JSON.stringify(value ?? '') }),
    text({ serialize: (value) => JSON.stringify(value).normalize().replaceAll('\\u0000', '') }),
    bytes({ serialize: (value) => Buffer.from(json.serialize(value), 'latin1') }),
  ],
  'it makes what its wire says': [
    text({
      serialize: (value) => Buffer.from(json.serialize(value)) as unknown as string,
      deserialize: (wire) => json.deserialize(String(wire)),
    }),
    bytes({ serialize: (value) => json.serialize(value) as unknown as Uint8Array }),
    bytes({ serialize: (value) => [...Buffer.from(json.serialize(value))] as unknown as Uint8Array }),
  ],
  'serializing changes nothing, and later changes do not reach what was made': [
    text({
      serialize(value) {
        if (typeof value === 'object' && value !== null) Object.assign(value, { seen: true });
        return JSON.stringify(value);
      },
    }),
    text({ serialize: (value) => value as string, deserialize: (wire) => wire }),
  ],
  'a payload can be read again and again, and wherever its bytes lie': [
    bytes({ deserialize: (wire) => json.deserialize(Buffer.from(wire.buffer as ArrayBuffer).toString()) }),
    bytes({
      deserialize(wire) {
        const value = json.deserialize(Buffer.from(wire).toString());
        wire.fill(0);
        return value;
      },
    }),
    bytes({ deserialize: (wire) => json.deserialize(wire.toString()) }),
  ],
  'what it cannot serialize it refuses: it never makes nothing of a value': [
    text({ serialize: (value) => JSON.stringify(value) }),
    bytes({
      serialize: (value) =>
        (typeof value === 'function' ? undefined : Buffer.from(json.serialize(value))) as Uint8Array,
    }),
  ],
  'what it cannot read it refuses: it never answers undefined, which would be a miss': [
    text({
      deserialize(wire) {
        try {
          return json.deserialize(wire);
        } catch {
          return undefined;
        }
      },
    }),
    bytes({ deserialize: (wire) => (wire.length === 0 ? undefined : json.deserialize(Buffer.from(wire).toString())) }),
    { ...reference, deserialize: (wire) => wire ?? undefined },
  ],
  'where it promises counters, safe integers travel as decimal text, and are read as they were': [
    text({ serialize: (value) => (typeof value === 'number' ? `${value}.0` : json.serialize(value)) }),
    text({
      serialize: (value) =>
        typeof value === 'number' && Math.abs(value) > 2 ** 40 ? value.toExponential() : json.serialize(value),
    }),
    text({
      serialize: (value) => JSON.stringify({ value }),
      deserialize: (wire) => (JSON.parse(wire) as { value?: unknown }).value,
    }),
    bytes({ decimalIntegers: true, serialize: (value) => Buffer.from(` ${json.serialize(value)}`) }),
    bytes({ decimalIntegers: true, deserialize: (wire) => Number(json.deserialize(Buffer.from(wire).toString())) | 0 }),
  ],
};
