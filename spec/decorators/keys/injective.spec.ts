import { types } from 'node:util';
import { expect } from 'chai';
import { Signatures } from '#lib/decorators/signature.js';
import { keyOf } from './rules.js';

/** Deterministic random numbers (an LCG is plenty here). */
class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed;
  }
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

const PRIMITIVES = [
  0,
  -0,
  1,
  -1,
  1.5,
  1e21,
  NaN,
  Infinity,
  -Infinity,
  0n,
  1n,
  -1n,
  true,
  false,
  null,
  undefined,
  '',
  '0',
  '1',
  '-0',
  '1n',
  'NaN',
  'null',
  'undefined',
  'true',
  'hole',
  'a',
  'b',
  'a,b',
  '"',
  '\\',
  '","',
  'a:b',
  ']',
  '[]',
  '{}',
  '{"a":1}',
  's1:a',
  'n1;',
  '\0',
  '\n',
  '\ud800',
  '\udc00',
  '\\ud800',
  '\ud83d\ude00',
  '__proto__',
  'Date(0)',
  '#',
  ')',
  'Users.find(1)',
] as const;
const NAMES = ['a', 'b', 'c', '0', '', 'a,b', '"', '__proto__', 'constructor', 'toJSON', '\ud800'];
const BYTES = [[], [0], [1], [0, 0], [0, 1]];
const SOURCES: [string, string][] = [
  ['a', ''],
  ['a', 'g'],
  ['a', 'i'],
  ['b', ''],
  ['"', ''],
  ['/', ''],
];

function value(dice: Dice, depth: number): unknown {
  if (depth === 0 || dice.below(3) === 0) return dice.pick(PRIMITIVES);
  const parts = (): unknown[] => Array.from({ length: dice.below(3) }, () => value(dice, depth - 1));
  switch (dice.below(9)) {
    case 0:
      return parts();
    case 1: {
      const list = parts();
      list.length += dice.below(3);
      if (dice.below(2) === 0) delete list[0];
      return list;
    }
    case 2:
    case 3: {
      const object: object = dice.below(4) === 0 ? Object.create(null) : {};
      for (const part of parts()) {
        Object.defineProperty(object, dice.pick(NAMES), {
          value: part,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      return object;
    }
    case 4:
      return new Map(parts().map((part) => [part, value(dice, depth - 1)]));
    case 5:
      return new Set(parts());
    case 6:
      return new Date(dice.pick([0, 1, NaN]));
    case 7: {
      const [source, flags] = dice.pick(SOURCES);
      return new RegExp(source, flags);
    }
    default: {
      const bytes = dice.pick(BYTES);
      return dice.pick([
        () => Buffer.from(bytes),
        () => new Uint8Array(bytes),
        () => new Int8Array(bytes),
        () => new Uint8Array(bytes).buffer,
      ])();
    }
  }
}

/** Structural equality, written without a thought of keys. */
function same(one: unknown, other: unknown): boolean {
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null)
    return Object.is(one, other);
  const plain = (object: object): boolean => [null, Object.prototype].includes(Object.getPrototypeOf(object));
  if (plain(one) !== plain(other)) return false;
  if (!plain(one) && Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (types.isDate(one)) return Object.is(one.getTime(), (other as Date).getTime());
  if (types.isRegExp(one)) return String(one) === String(other);
  if (types.isAnyArrayBuffer(one)) return Buffer.compare(Buffer.from(one), Buffer.from(other as ArrayBuffer)) === 0;
  if (one instanceof Uint8Array || one instanceof Int8Array) return one.join() === (other as Uint8Array).join();
  if (types.isSet(one)) return same([...one], [...(other as Set<unknown>)]);
  if (types.isMap(one)) return same([...one], [...(other as Map<unknown, unknown>)]);
  if (Array.isArray(one) && one.length !== (other as unknown[]).length) return false;
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every((name) => {
    if (!Object.hasOwn(other, name)) return false;
    return same(Object.getOwnPropertyDescriptor(one, name)!.value, Object.getOwnPropertyDescriptor(other, name)!.value);
  });
}

describe('default keys, over a million pairs of nasty argument lists', function () {
  this.timeout(60_000);

  for (const [seed, depth] of [
    [1, 1],
    [2, 3],
  ] as const) {
    it(`are equal exactly for equal lists (seed ${seed}, depth ${depth})`, () => {
      const dice = new Dice(seed);
      const lists = Array.from({ length: 1_100 }, () =>
        Array.from({ length: dice.below(3) }, () => value(dice, depth)),
      );
      const keys = lists.map((list) => keyOf(...list));
      const signatures = new Signatures();
      const signed = lists.map((list) => signatures.of(list));
      let equal = 0;
      for (let i = 0; i < lists.length; i++) {
        for (let j = i + 1; j < lists.length; j++) {
          const alike = same(lists[i], lists[j]);
          if (alike) equal++;
          if ((keys[i] === keys[j]) !== alike)
            throw new Error(`pair ${i}, ${j}: equal: ${alike}, keys: ${keys[i]} and ${keys[j]}`);
          if (signed[i] !== undefined && signed[i] === signed[j] && !alike)
            throw new Error(`pair ${i}, ${j}: signature ${signed[i]}`);
        }
      }
      expect(equal, 'equal pairs, or nothing is shown').to.be.greaterThan(1_000);
      expect(signed.filter((signature) => signature !== undefined).length).to.be.greaterThan(100);
    });
  }
});
