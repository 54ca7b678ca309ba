import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import type { Serializer } from '#lib/contracts/serializer.js';
import type { SerializerName } from '#lib/contracts/names.js';
import { SerializationError } from '#lib/errors.js';
import { serializerByName } from '#lib/serializers/by-name.js';

const SAMPLE = {
  id: 12,
  name: 'Ada Lovelace',
  tags: ['a', 'bb', 'a rather long text that is not short at all'],
  nested: { yes: true, no: null, half: 0.5, big: 70_000 },
};

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const PROTO_HEX = 'a9 5f5f70726f746f5f5f';

function deepArray(depth: number): unknown {
  let deep: unknown = 1.5;
  for (let n = 0; n < depth; n++) deep = [deep];
  return deep;
}

/** The answer, or `undefined` for an ordinary refusal. Anything else thrown fails the test. */
function readOrRefused(serializer: Serializer, wire: unknown): unknown {
  try {
    return serializer.deserialize(wire);
  } catch (error) {
    expect(error).to.be.instanceOf(SerializationError);
    return undefined;
  }
}

describe('payloads', () => {
  const pristine = Object.getOwnPropertyNames(Object.prototype).sort();

  afterEach('nothing reached Object.prototype', () => {
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).to.deep.equal(pristine);
    expect(({} as Record<string, unknown>)['polluted']).to.equal(undefined);
  });

  for (const name of ['json', 'msgpack', 'v8'] as const satisfies readonly SerializerName[]) {
    describe(name, () => {
      const serializer = serializerByName(name);
      const wire = serializer.serialize(SAMPLE) as string | Uint8Array;

      it('is refused when truncated anywhere', () => {
        for (let length = 0; length < wire.length; length++) {
          expect(() => serializer.deserialize(wire.slice(0, length)), `${length} of ${wire.length}`).to.throw(
            SerializationError,
          );
        }
      });

      it('is refused, or read without harm, when one bit is wrong', () => {
        const bytes = Buffer.from(wire as Uint8Array);
        for (let bit = 0; bit < bytes.length * 8; bit++) {
          const damaged = Uint8Array.from(bytes);
          damaged[bit >> 3]! ^= 1 << (bit & 7);
          readOrRefused(serializer, typeof wire === 'string' ? Buffer.from(damaged).toString('utf8') : damaged);
        }
      });

      it('is refused when too deep to write, and the serializer goes on working', () => {
        expect(() => serializer.serialize(deepArray(100_000))).to.throw(SerializationError);
        expect(serializer.deserialize(serializer.serialize(SAMPLE))).to.deep.equal(SAMPLE);
      });

      it('is refused when another kind of wire comes in', () => {
        expect(() => serializer.deserialize({ an: 'object' })).to.throw(SerializationError);
        expect(() => serializer.deserialize(typeof wire === 'string' ? Buffer.from(wire) : 'text')).to.throw(
          SerializationError,
        );
      });

      it('never quotes a value in an error', () => {
        const hidden = 'hunter2';
        const attempts: (() => unknown)[] = [
          () => serializer.deserialize(`${hidden} {`),
          () =>
            serializer.deserialize(
              Buffer.concat([Buffer.from(serializer.serialize({ hidden }) as Uint8Array), Buffer.from(hidden)]),
            ),
          () => serializer.deserialize(Buffer.from(hidden)),
          () =>
            serializer.serialize({
              run: (): string => 'hunter2',
              big: 2n ** 70n,
              symbol: Symbol(hidden),
            }),
          () =>
            serializer.serialize({
              toJSON: () => {
                throw new Error(hidden);
              },
              run: (): string => 'hunter2',
            }),
        ];
        const errors = attempts.flatMap((attempt) => {
          try {
            attempt();
            return [];
          } catch (error) {
            return [error as Error];
          }
        });
        // v8 overlooks what comes after a value.
        expect(errors).to.have.length.of.at.least(attempts.length - (name === 'v8' ? 1 : 0));
        for (const error of errors) {
          expect(error).to.be.instanceOf(SerializationError);
          expect(inspect(error, { showHidden: true, depth: Infinity }).split('\n    at ')[0]).not.to.contain(hidden);
        }
      });
    });
  }

  describe('with prototypes in them', () => {
    it('make own properties in JSON', () => {
      const json = serializerByName('json');
      const value = json.deserialize(
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
      ) as object;
      expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
      expect(Object.keys(value)).to.deep.equal(['__proto__', 'constructor']);
      expect((value as Record<string, unknown>)['polluted']).to.equal(undefined);
    });

    it('change none in MessagePack, small or large', () => {
      const msgpack = serializerByName('msgpack');
      for (const head of ['81', 'de 0001', 'df 00000001']) {
        const value = readOrRefused(msgpack, hex(`${head} ${PROTO_HEX} 81 a8 706f6c6c75746564 c3`)) as object;
        expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
        expect((value as Record<string, unknown>)['polluted']).to.equal(undefined);
      }
    });

    it('make own properties in v8', () => {
      const v8 = serializerByName('v8');
      const value = v8.deserialize(v8.serialize(JSON.parse('{"__proto__":{"polluted":true}}'))) as object;
      expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
      expect(Object.keys(value)).to.deep.equal(['__proto__']);
    });
  });

  describe('of MessagePack', () => {
    const msgpack = serializerByName('msgpack');

    it('are what any other program writes and reads', () => {
      const wire = msgpack.serialize({
        a: 1,
        b: [true, null, -1, 300],
        c: 'é',
        d: Buffer.from([1]),
        e: undefined,
      }) as Uint8Array;
      expect(Buffer.from(wire).toString('hex')).to.equal(
        hex('85 a161 01 a162 94 c3 c0 ff cd012c a163 a2c3a9 a164 c40101 a165 c0').toString('hex'),
      );
    });

    it('may use every type of the specification', () => {
      const read = (text: string): unknown => msgpack.deserialize(hex(text));
      expect(read('93 cc ff cd ffff ce ffffffff')).to.deep.equal([255, 65_535, 4_294_967_295]);
      expect(read('94 d0 80 d1 8000 d2 80000000 d3 ffffffffffffffff')).to.deep.equal([
        -128,
        -32_768,
        -2_147_483_648,
        -1n,
      ]);
      expect(read('92 ca 3fc00000 cb 3ff8000000000000')).to.deep.equal([1.5, 1.5]);
      expect(read('94 d9 01 61 da 0001 62 db 00000001 63 a0')).to.deep.equal(['a', 'b', 'c', '']);
      expect(read('93 c4 01 01 c5 0001 02 c6 00000001 03')).to.deep.equal(
        [[1], [2], [3]].map((bytes) => Buffer.from(bytes)),
      );
      expect(read('92 dc 0001 c0 dd 00000001 c2')).to.deep.equal([[null], [false]]);
      expect(read('92 de 0001 a161 01 df 00000001 a161 02')).to.deep.equal([{ a: 1 }, { a: 2 }]);
      expect(read('d6 ff 00000001')).to.deep.equal(new Date(1_000));
      expect(read('d7 ff 0000000000000001')).to.deep.equal(new Date(1_000));
      expect(read('c7 0c ff 00000000 ffffffffffffffff')).to.deep.equal(new Date(-1_000));
    });

    it('are refused with any extension but the timestamp', () => {
      for (const [what, text] of Object.entries({
        undefined: 'd4 00 00',
        record: 'd4 72 40 91 a161 01',
        'record with two bytes of id': 'd5 72 40 00 91 a161 01',
        'bundle of texts': 'd6 62 00000000 c0',
        error: 'd4 65 00 92 a5 4572726f72 a161',
        'regular expression': 'd4 78 00 92 a161 a0',
        set: 'd4 73 00 91 01',
        reference: '92 d6 69 00000001 90 d6 70 00000001',
        'big integer': 'c7 09 42 010000000000000000',
        'typed array': 'c7 03 74 01 01 01',
        'timestamp of a wrong length': 'd8 ff 00000000000000000000000000000000',
        'never used token': 'c1',
      })) {
        expect(() => msgpack.deserialize(hex(text)), what).to.throw(SerializationError);
        expect(() => msgpack.deserialize(hex(`91 ${text}`)), `${what}, nested`).to.throw(SerializationError);
      }
    });

    it('cannot claim more than they hold', () => {
      for (const text of [
        'dd ffffffff',
        'df ffffffff',
        'c6 ffffffff',
        'db ffffffff',
        'c7',
        '9f',
        'dd 00000003 dd 00000003 01',
      ]) {
        expect(() => msgpack.deserialize(hex(text)), text).to.throw(SerializationError);
      }
    });

    it('hold what says itself what it is, or is its properties', () => {
      class Tagged {
        readonly a = 1;
        readonly [Symbol.toStringTag] = 'Tagged';
      }
      class Counted extends Map<string, number> {
        toJSON(): number {
          return this.size + 0.5;
        }
      }
      const copy = (value: unknown): unknown => msgpack.deserialize(msgpack.serialize(value));
      expect(copy([new Tagged(), new URL('http://a/'), new Counted(), new (class Empty {})()])).to.deep.equal([
        { a: 1 },
        'http://a/',
        0.5,
        {},
      ]);
      expect(
        copy(
          new Map<unknown, number>([
            [1, 1],
            ['a', 2],
            [null, 3],
          ]),
        ),
      ).to.deep.equal({ 1: 1, a: 2, null: 3 });
    });

    it('are refused when too deep to read, and the serializer goes on working', () => {
      const deep = Buffer.alloc(100_001, 0x91);
      deep[100_000] = 0xc0;
      expect(() => msgpack.deserialize(deep)).to.throw(SerializationError);
      expect(msgpack.deserialize(msgpack.serialize(SAMPLE))).to.deep.equal(SAMPLE);
    });

    it('hold no bytes of other values: what cannot be written exactly is refused', () => {
      for (const value of [
        new Float64Array([1.5]),
        new Uint16Array(4),
        new DataView(new ArrayBuffer(8)),
        new Map([[{}, 1]]),
        new Map([[() => 1, 1]]),
        new Map<unknown, number>([
          [null, 1],
          [undefined, 2],
        ]),
        new (class extends Map<string, number> {})([['a', 1]]),
        Promise.resolve(1),
        Object(5),
        new SharedArrayBuffer(1),
        new WeakMap(),
        new Headers({ a: '1' }),
        runInNewContext('new Map([["a", 1]])') as object,
        runInNewContext('new Set([1])') as object,
        runInNewContext('Object.assign(new Error("x"), { code: 1 })') as object,
      ]) {
        expect(() => msgpack.serialize(value)).to.throw(SerializationError);
        expect(() => msgpack.serialize({ nested: [value] })).to.throw(SerializationError);
        expect(() => msgpack.serialize({ toJSON: () => value })).to.throw(SerializationError);
      }
    });
  });

  it('share no memory with what was read from them', () => {
    for (const name of ['msgpack', 'v8'] as const) {
      const serializer = serializerByName(name);
      const wire = serializer.serialize({ data: Buffer.from('original') });
      (serializer.deserialize(wire) as { data: Buffer }).data.fill('x');
      expect(serializer.deserialize(wire), name).to.deep.equal({ data: Buffer.from('original') });
    }
  });
});
