import { readFileSync, writeFileSync } from 'node:fs';
import { inspect, isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import type { Serializer } from '#lib/contracts/serializer.js';
import { SerializationError } from '#lib/errors.js';
import { SERIALIZER_NAMES, serializerByName } from '#lib/serializers/by-name.js';
import { isolatedReference } from '#lib/serializers/isolated.js';

const PAGE = new URL('../../../docs/serializers.md', import.meta.url);
const TABLE = /(<!-- fidelity -->\n)[^]*(<!-- \/fidelity -->)/;

class Point {
  constructor(
    readonly x: number,
    readonly y: number,
  ) {}
}

class Table extends Map<string, number> {}

const circular: Record<string, unknown> = { name: 'loop' };
circular['self'] = circular;

const withProto = JSON.parse('{"__proto__":{"a":1}}') as unknown;

const VALUES: Record<string, unknown> = {
  "`''`": '',
  "`'007'`": '007',
  'text with umlauts and emoji': 'Grüße 👋 𝕏',
  'long text': 'x'.repeat(100_000),
  'lone surrogate in text': 'a\ud800b',
  '`0`': 0,
  '`-1`': -1,
  '`-0`': -0,
  '`-0` in an object': { n: -0 },
  '`1.5`': 1.5,
  'integer above 2^53': 2 ** 60,
  '`NaN`': Number.NaN,
  '`Infinity`': Infinity,
  '`true`': true,
  '`null`': null,
  '`undefined` in an object': { a: 1, gone: undefined },
  '`undefined` in an array': [1, undefined],
  'nested objects and arrays': { a: [{ b: { c: [1, 'two', null] } }], d: {} },
  'sparse array': Object.assign(new Array<number>(3), { 1: 1 }),
  'own property `__proto__`': withProto,
  '`Date`': new Date('2024-02-29T12:00:00.123Z'),
  'invalid `Date`': new Date(Number.NaN),
  '`Map`': new Map([['a', 1]]),
  "`Map` with `1` and `'1'` as keys": new Map<unknown, number>([
    [1, 1],
    ['1', 2],
  ]),
  'instance of a class that extends `Map`': new Table([['a', 1]]),
  '`Set`': new Set([1, 'two']),
  '`BigInt`': 5n,
  '`BigInt` of more than 64 bits': 2n ** 70n,
  '`Buffer`': Buffer.from('bytes'),
  '`Buffer` in an object': { data: Buffer.from('bytes') },
  '`Uint8Array`': new Uint8Array([1, 2]),
  '`Float64Array`': new Float64Array([1.5]),
  '`ArrayBuffer`': new Uint8Array([1, 2]).buffer,
  '`RegExp`': /a+/gi,
  '`Error`': new TypeError('broken'),
  'boxed number': Object(5),
  '`URLSearchParams`': new URLSearchParams('a=1'),
  'class instance': new Point(1, 2),
  'object that refers to itself': circular,
  function: function named(): number {
    return 1;
  },
  'function in an object': { a: 1, run: (): number => 1 },
  symbol: Symbol('s'),
};

const COLUMNS: Record<string, Serializer> = {
  ...Object.fromEntries(SERIALIZER_NAMES.map((name) => [`\`${name}\``, serializerByName(name)])),
  "`reference`, isolation `'copy'`": isolatedReference('copy'),
};

/** As a server would give it back: text travels as UTF-8. */
function overTheWire(wire: unknown): unknown {
  if (typeof wire === 'string') return Buffer.from(wire, 'utf8').toString('utf8');
  return wire instanceof Uint8Array ? Uint8Array.from(wire) : wire;
}

function fate(serializer: Serializer, value: unknown): string {
  let answer: unknown;
  try {
    const wire = serializer.serialize(value);
    answer = serializer.deserialize(serializer.wire === 'reference' ? wire : overTheWire(wire));
  } catch (error) {
    expect(error).to.be.instanceOf(SerializationError);
    return 'refused';
  }
  if (isDeepStrictEqual(answer, value) || (isInvalidDate(answer) && isInvalidDate(value))) return 'same';
  if (typeof answer === 'string' && answer.length > 20) return 'text';
  const shown = inspect(answer, { breakLength: Infinity, compact: true });
  return `\`${shown.replaceAll('|', '\\|')}\``;
}

/** Whether two of them are equal depends on the version of Node. */
function isInvalidDate(value: unknown): boolean {
  return value instanceof Date && Number.isNaN(value.getTime());
}

function table(): string {
  const names = Object.keys(COLUMNS);
  const rows = Object.entries(VALUES).map(
    ([label, value]) => `| ${label} | ${names.map((name) => fate(COLUMNS[name]!, value)).join(' | ')} |`,
  );
  return [`| | ${names.join(' | ')} |`, `|---|${'---|'.repeat(names.length)}`, ...rows, ''].join('\n');
}

describe('fidelity of the serializers', () => {
  it('is what the documentation says (UPDATE_DOCS=1 rewrites its table)', () => {
    const page = readFileSync(PAGE, 'utf8');
    const current = page.replace(TABLE, (_all, start: string, end: string) => `${start}\n${table()}\n${end}`);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, current);
    else expect(page).to.equal(current);
    expect(page).to.match(TABLE);
  });

  it('is complete for plain data, whatever the serializer but string', () => {
    const plain = [
      "`''`",
      "`'007'`",
      '`0`',
      '`-1`',
      '`1.5`',
      '`true`',
      '`null`',
      'long text',
      'nested objects and arrays',
    ];
    for (const label of plain) {
      for (const [name, serializer] of Object.entries(COLUMNS)) {
        if (name !== '`string`') expect(fate(serializer, VALUES[label]), `${label} in ${name}`).to.equal('same');
      }
    }
  });

  it('keeps the reference itself with reference', () => {
    for (const value of Object.values(VALUES)) {
      const { serialize, deserialize } = serializerByName('reference');
      expect(Object.is(deserialize(serialize(value)), value)).to.equal(true);
    }
  });
});
