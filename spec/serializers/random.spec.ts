import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Serializer } from '#lib/contracts/serializer.js';
import { SerializationError } from '#lib/errors.js';
import { serializerByName } from '#lib/serializers/by-name.js';

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom('', '0', '-1', '007', 'null', 'constructor'),
);
const name = text.filter((candidate) => candidate !== '__proto__');

/** What all of them keep. */
const plain = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(name, tie('value'), { noNullPrototype: true }),
  ),
})).value;

/** What the binary ones keep, too. */
const rich = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    plain,
    fc.constantFrom(NaN, Infinity, -Infinity),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    fc.array(tie('value')),
    fc.dictionary(name, tie('value'), { noNullPrototype: true }),
  ),
})).value;

const damage = fc.record({
  at: fc.nat(),
  byte: fc.integer({ min: 0, max: 255 }),
  kind: fc.constantFrom('set', 'cut', 'insert'),
});

function damaged(wire: Buffer, { at, byte, kind }: { at: number; byte: number; kind: string }): Buffer {
  const place = at % wire.length;
  const before = wire.subarray(0, place);
  if (kind === 'cut') return before;
  return Buffer.concat([before, Buffer.of(byte), wire.subarray(kind === 'set' ? place + 1 : place)]);
}

const bytesOf = (wire: unknown): Buffer => Buffer.from(wire as Uint8Array);
const read = (serializer: Serializer, bytes: Buffer): unknown =>
  serializer.deserialize(serializer.wire === 'text' ? bytes.toString('utf8') : Uint8Array.from(bytes));

describe('serializers, with random values', () => {
  for (const [serializer, values] of [
    [serializerByName('json'), plain],
    [serializerByName('msgpack'), rich],
    [serializerByName('v8'), rich],
  ] as const) {
    it(`${serializer.name} gives back what it was given`, () => {
      fc.assert(
        fc.property(values, (value) => {
          expect(isDeepStrictEqual(read(serializer, bytesOf(serializer.serialize(value))), value)).to.equal(true);
        }),
        { numRuns: 300 },
      );
    });

    it(`${serializer.name} reads damaged payloads, or refuses them`, () => {
      fc.assert(
        fc.property(values, damage, (value, harm) => {
          try {
            read(serializer, damaged(bytesOf(serializer.serialize(value)), harm));
          } catch (error) {
            expect(error).to.be.instanceOf(SerializationError);
          }
        }),
        { numRuns: 300 },
      );
    });
  }
});
