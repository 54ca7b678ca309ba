import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { argumentKey } from '#lib/decorators/argument-key.js';
import { keyOf, rules } from './rules.js';

const shared = { a: 1 };

describe('default keys', () => {
  it('are readable', () => {
    expect(keyOf()).to.equal('Users.find()');
    expect(keyOf(1)).to.equal('Users.find(1)');
    expect(keyOf('abc', null, undefined, true)).to.equal('Users.find("abc",null,undefined,true)');
    expect(keyOf({ b: [1, , 2n], a: new Date(0) })).to.equal('Users.find({"a":Date(0),"b":[1,hole,2n]})');
    expect(keyOf(new Map([['k', new Set([1])]]), /a"b/gi)).to.equal(
      'Users.find(Map("k"=>Set(1)),RegExp("a\\"b","gi"))',
    );
    expect(keyOf(Buffer.from('hi'), new URL('http://a/b'))).to.equal('Users.find(Buffer("aGk"),URL("http://a/b"))');
  });

  const different: [string, unknown[], unknown[]][] = [
    ['1 and "1"', [1], ['1']],
    ['1 and 1n', [1], [1n]],
    ['1 and true', [1], [true]],
    ['null and undefined', [null], [undefined]],
    ['undefined and nothing', [undefined], []],
    ['a trailing undefined and nothing', [1, undefined], [1]],
    ['0 and -0', [0], [-0]],
    ['0 and -0 inside', [[0]], [[-0]]],
    ['NaN and null', [NaN], [null]],
    ['NaN and "NaN"', [NaN], ['NaN']],
    ['Infinity and null', [Infinity], [null]],
    ["['a','b'] and ['a,b']", [['a', 'b']], [['a,b']]],
    ["('a','b') and ('a,b')", ['a', 'b'], ['a,b']],
    ["('a:b','c') and ('a','b:c')", ['a:b', 'c'], ['a', 'b:c']],
    ['one list and two arguments', [[1, 2]], [1, 2]],
    ['[] and [undefined]', [[]], [[undefined]]],
    ['a hole and undefined', [[,]], [[undefined]]],
    ['a hole and two', [new Array(1)], [new Array(2)]],
    ['a hole at the end and one at the start', [[1, ,]], [[, 1]]],
    ['{} and { a: undefined }', [{}], [{ a: undefined }]],
    ['[] and {}', [[]], [{}]],
    ['[1] and { 0: 1 }', [[1]], [{ 0: 1 }]],
    ['two Maps', [new Map([[1, 2]])], [new Map([[3, 4]])]],
    [
      'Maps in another order',
      [
        new Map([
          [1, 1],
          [2, 2],
        ]),
      ],
      [
        new Map([
          [2, 2],
          [1, 1],
        ]),
      ],
    ],
    ['a Map and a list of pairs', [new Map([[1, 2]])], [[[1, 2]]]],
    ['a Map and a Set of pairs', [new Map([[1, 2]])], [new Set([[1, 2]])]],
    ['Sets in another order', [new Set([1, 2])], [new Set([2, 1])]],
    ['a Set and {}', [new Set()], [{}]],
    ['a Date and its text', [new Date(0)], [new Date(0).toISOString()]],
    ['a Date and its number', [new Date(0)], [0]],
    ['an invalid Date and null', [new Date(NaN)], [null]],
    ['two RegExps', [/a/], [/b/]],
    ['flags', [/a/g], [/a/i]],
    ['where a RegExp stands', [/a/g], [Object.assign(/a/g, { lastIndex: 1 })]],
    ['a Buffer and a Uint8Array', [Buffer.from([1])], [new Uint8Array([1])]],
    ['typed arrays of other types', [new Uint8Array([1])], [new Int8Array([1])]],
    ['typed arrays of other bytes', [new Uint8Array([1])], [new Uint8Array([1, 0])]],
    ['a typed array and its list', [new Uint8Array([1])], [[1]]],
    ['an ArrayBuffer and a DataView of it', [new ArrayBuffer(1)], [new DataView(new ArrayBuffer(1))]],
    ['a URL and its text', [new URL('http://a/')], ['http://a/']],
    ['lone surrogates', ['u:\ud800'], ['u:\ud801']],
    ['a lone surrogate and its escape', ['\ud800'], ['\\ud800']],
    ['names with lone surrogates', [{ '\ud800': 1 }], [{ '\ud801': 1 }]],
    ['a value that looks like a key', ['1,2'], [1, 2]],
    ['own __proto__', [JSON.parse('{"__proto__":1}')], [{}]],
  ];
  for (const [name, one, other] of different) {
    it(`tell ${name} apart`, () => expect(keyOf(...one)).to.not.equal(keyOf(...other)));
  }

  const same: [string, unknown, unknown][] = [
    ['objects with names in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
    ['objects without a prototype', { a: 1 }, Object.assign(Object.create(null), { a: 1 })],
    ['NaNs', NaN, 0 / 0],
    ['views of the same bytes', new Uint8Array([1, 2, 3]).subarray(1), new Uint8Array([2, 3])],
    ['the same object twice and two like it', [shared, shared], [{ a: 1 }, { a: 1 }]],
  ];
  for (const [name, one, other] of same) {
    it(`are equal for ${name}`, () => expect(keyOf(one)).to.equal(keyOf(other)));
  }

  it('are well-formed text whatever is in the arguments', () => {
    expect(keyOf('\udc00\ud800', { '\ud800': '\udfff' }, /\ud800/).isWellFormed()).to.equal(true);
  });

  it('do not look at inherited properties, also not at polluted ones', () => {
    const before = [keyOf({ a: 1 }), keyOf([, 1]), keyOf(/a/)];
    const polluted: [object, PropertyKey, unknown][] = [
      [Object.prototype, 'b', 1],
      [Object.prototype, 'toJSON', () => 'pwned'],
      [Object.prototype, 'toCacheKey', () => 'pwned'],
      [Array.prototype, '0', 'pwned'],
      [Object.prototype, Symbol.toStringTag, 'Map'],
    ];
    for (const [target, key, value] of polluted) {
      Object.defineProperty(target, key, { value, configurable: true, enumerable: true, writable: true });
    }
    let after: string[];
    let refused: unknown;
    try {
      after = [keyOf({ a: 1 }), keyOf([, 1]), keyOf(/a/)];
      try {
        keyOf(new (class Odd {})());
      } catch (error) {
        refused = error;
      }
    } finally {
      for (const [target, key] of polluted) Reflect.deleteProperty(target, key);
    }
    expect(after).to.deep.equal(before);
    expect(refused).to.have.property('code', 'ERR_CACHE_INVALID_KEY');
  });

  describe('that are long', () => {
    const long = 'x'.repeat(300);

    it('keep class and method and hash the arguments', () => {
      expect(keyOf(long)).to.match(/^Users\.find\(#[\w-]{43}\)$/);
      expect(keyOf(long)).to.not.equal(keyOf(`${long}x`));
      expect(keyOf({ a: long, b: 1 })).to.equal(keyOf({ b: 1, a: long }));
    });

    it('are hashed above 200 characters and not before', () => {
      const readable = 200 - 'Users.find("")'.length;
      expect(keyOf('x'.repeat(readable))).to.have.length(200);
      expect(keyOf('x'.repeat(readable + 1))).to.include('(#');
    });

    it('cannot be imitated by an argument', () => {
      const hashed = keyOf(long);
      const inner = hashed.slice('Users.find('.length, -1);
      expect(keyOf(inner)).to.not.equal(hashed);
    });
  });

  it('are the same in another process', () => {
    const source = `
      import { argumentKey } from '#lib/decorators/argument-key.js';
      import { LiveNames } from '#lib/decorators/class-names.js';
      const rules = { head: 'Users.find', method: 'Users.find', dataClasses: [], argumentClasses: new LiveNames() };
      const args = [{ b: new Map([[1, /x/g]]), a: ['\\ud800', -0, , 5n] }, new Date(5), Buffer.from('hi')];
      console.log(JSON.stringify([argumentKey(args, rules), argumentKey(['y'.repeat(500)], rules)]));`;
    const child = spawnSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' });
    const args = [{ a: ['\ud800', -0, , 5n], b: new Map([[1, /x/g]]) }, new Date(5), Buffer.from('hi')];
    expect(JSON.parse(child.stdout), child.stderr).to.deep.equal([keyOf(...args), keyOf('y'.repeat(500))]);
  });

  it('take the arguments of a call as they are', () => {
    const seen = (function (..._args: unknown[]) {
      return argumentKey(arguments, rules());
    })(1, 'a');
    expect(seen).to.equal(keyOf(1, 'a'));
  });
});
