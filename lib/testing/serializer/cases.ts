import assert from 'node:assert/strict';
import type { Wire } from '../../contracts/backend.js';
import type { Serializer, WireKind } from '../../contracts/serializer.js';
import type { ConformanceCase } from '../suite.js';

export interface SerializerTrial {
  readonly serializer: Serializer;
  /** Values that it keeps. */
  readonly values: readonly unknown[];
}

export type SerializerCase = ConformanceCase<SerializerTrial>;

const KINDS: readonly WireKind[] = ['reference', 'text', 'bytes'];
const COUNTS = [0, 1, -1, 7, 42, 48, 57, 127, 128, -128, 65_536, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const ODD_VALUES = [() => undefined, Symbol('odd'), { toJSON: () => undefined }, new Promise(() => undefined)];
const ODD_TEXTS = ['', ' ', '{', 'undefined', '\u0000', '{"a":', 'null null', '\ufeff'];
const ODD_BYTES = [[], [0], [0xc1], [0xff], [0xd4, 0, 0], [0x7b], [0x81], [0xdd, 0xff, 0xff, 0xff, 0xff]];

/** Every rule for serializers. */
export const SERIALIZER_CASES: readonly SerializerCase[] = [
  {
    name: 'it has a name and says what it makes',
    async run({ serializer }) {
      assert.ok(typeof serializer.name === 'string' && serializer.name !== '', 'it has no name');
      assert.ok(KINDS.includes(serializer.wire), 'wire is none of the three kinds');
    },
  },
  {
    name: 'every value survives the round trip',
    async run({ serializer, values }) {
      for (const value of values) assert.deepEqual(serializer.deserialize(serializer.serialize(value)), value);
    },
  },
  {
    name: 'it makes what its wire says',
    async run({ serializer, values }) {
      for (const value of values) assertKind(serializer, serializer.serialize(value));
    },
  },
  {
    name: 'serializing changes nothing, and later changes do not reach what was made',
    async run({ serializer }) {
      const value = { list: ['a'] };
      const text = JSON.stringify(value);
      const wire = attempt(() => serializer.serialize(value));
      assert.equal(JSON.stringify(value), text, 'it changed the value');
      if (wire === undefined || serializer.wire === 'reference') return;
      const before = JSON.stringify(serializer.deserialize(wire));
      value.list.push('b');
      assert.equal(JSON.stringify(serializer.deserialize(wire)), before, 'what it made changes with the value');
    },
  },
  {
    name: 'a payload can be read again and again, and wherever its bytes lie',
    async run({ serializer, values }) {
      for (const value of values) {
        const wire = serializer.serialize(value);
        const kept = wire instanceof Uint8Array ? Buffer.from(wire).toString('hex') : undefined;
        for (const copy of wire instanceof Uint8Array ? [wire, wire, ...moved(wire)] : [wire, wire]) {
          assert.deepEqual(serializer.deserialize(copy), value);
        }
        if (kept !== undefined)
          assert.equal(Buffer.from(wire as Uint8Array).toString('hex'), kept, 'reading changed the payload');
      }
    },
  },
  {
    name: 'what it cannot serialize it refuses: it never makes nothing of a value',
    async run({ serializer }) {
      for (const value of ODD_VALUES) {
        const wire = attempt(() => ({ made: serializer.serialize(value) }));
        if (wire !== undefined) assertKind(serializer, wire.made);
      }
    },
  },
  {
    name: 'what it cannot read it refuses: it never answers undefined, which would be a miss',
    async run({ serializer }) {
      for (const payload of oddPayloads(serializer.wire)) {
        const read = attempt(() => ({ value: serializer.deserialize(payload) }));
        assert.ok(read === undefined || read.value !== undefined, 'it answered undefined for a payload that is none');
      }
    },
  },
  {
    name: 'where it promises counters, safe integers travel as decimal text, and are read as they were',
    async run({ serializer }) {
      const { wire, decimalIntegers = wire !== 'bytes' } = serializer;
      if (!decimalIntegers || wire === 'reference') return;
      for (const count of COUNTS) {
        const decimal: Wire = wire === 'text' ? String(count) : Buffer.from(String(count));
        const made = serializer.serialize(count);
        assert.equal(wire === 'text' ? made : Buffer.from(made as Uint8Array).toString('latin1'), String(count));
        assert.equal(Number(serializer.deserialize(decimal)), count);
        assert.deepEqual(serializer.deserialize(decimal), serializer.deserialize(made));
      }
    },
  },
];

function assertKind({ wire }: Serializer, made: Wire): void {
  if (wire === 'text') assert.equal(typeof made, 'string', 'what it made is no string');
  else if (wire === 'bytes') assert.ok(made instanceof Uint8Array, 'what it made is no Uint8Array');
  else assert.notEqual(made, undefined, 'it made undefined, which is a miss');
}

/** The same bytes elsewhere: as a plain array of their own, and in the middle of others. */
function moved(bytes: Uint8Array): Uint8Array[] {
  const surrounded = new Uint8Array(bytes.length + 20).fill(0x39);
  surrounded.set(bytes, 10);
  return [Uint8Array.from(bytes), surrounded.subarray(10, 10 + bytes.length)];
}

function oddPayloads(wire: WireKind): readonly Wire[] {
  if (wire === 'text') return ODD_TEXTS;
  return wire === 'bytes' ? ODD_BYTES.map((bytes) => Uint8Array.from(bytes)) : [null, 0, '', false];
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
