import { expect } from 'chai';
import * as fc from 'fast-check';
import type { Serializer } from '#lib/contracts/serializer.js';
import { serializerByName } from '#lib/serializers/by-name.js';
import { isDecimal, parseDecimal, parseDecimalBytes } from '#lib/util/decimal.js';

const integers = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -200, max: 200 }));
const others = fc.oneof(
  // MessagePack has nothing for the name __proto__ and refuses it, see fidelity.spec.ts.
  fc.jsonValue().filter((value) => !isDecimal(value) && !JSON.stringify(value).includes('__proto__')),
  fc.double().filter((value) => !isDecimal(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.date(),
  fc.stringMatching(/^-?[0-9]{0,18}$/),
  fc.array(fc.integer({ min: 0x2d, max: 0x39 }), { maxLength: 17 }),
);

describe('counters in the serializers', () => {
  for (const name of ['msgpack', 'v8'] as const) {
    describe(name, () => {
      const serializer = serializerByName(name) as Serializer<Uint8Array>;

      it('writes safe integers as decimal text, and reads them back', () => {
        expect(serializer.decimalIntegers).to.equal(true);
        fc.assert(
          fc.property(integers, (value) => {
            const wire = serializer.serialize(value);
            expect(Buffer.from(wire).toString('latin1')).to.equal(String(value));
            expect(serializer.deserialize(wire)).to.equal(value);
          }),
        );
      });

      it('writes nothing else that reads as decimal text', () => {
        fc.assert(
          fc.property(others, (value) => {
            expect(parseDecimalBytes(serializer.serialize(value))).to.equal(undefined);
          }),
          { numRuns: 2_000 },
        );
      });

      it('leaves integers inside of values to the format', () => {
        const value = { n: 48, list: [48, 49, -1, 45] };
        expect(serializer.deserialize(serializer.serialize(value))).to.deep.equal(value);
      });
    });
  }

  it('are numbers in JSON anyway', () => {
    const json = serializerByName('json');
    expect(json.serialize(42)).to.equal('42');
    expect(json.deserialize('42')).to.equal(42);
  });

  it('stay text with string', () => {
    const string = serializerByName('string');
    expect(string.deserialize(string.serialize(42))).to.equal('42');
  });

  it('read only what String would write', () => {
    for (const text of [
      '',
      '-',
      '-0',
      '00',
      '007',
      '+1',
      ' 1',
      '1 ',
      '1\n',
      '1.0',
      '1e3',
      '0x10',
      '9007199254740992',
      '-9007199254740992',
      '١',
    ]) {
      expect(parseDecimal(text), JSON.stringify(text)).to.equal(undefined);
    }
    for (const value of [0, 5, -5, 10, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      expect(parseDecimal(String(value))).to.equal(value);
      expect(parseDecimalBytes(Buffer.from(String(value)))).to.equal(value);
    }
  });
});
