import { expect } from 'chai';
import { InvalidKeyError } from 'cachewright';
import { argumentKey } from '#lib/decorators/argument-key.js';
import { forbidUnhandledRejections } from '../../support/process-watch.js';
import { keyOf, rules } from './rules.js';

class Money {
  constructor(
    readonly amount: number,
    readonly currency: string,
  ) {}
}

class Id {
  readonly #id: string;
  constructor(id: string) {
    this.#id = id;
  }
  toCacheKey(): string {
    return this.#id;
  }
}

function refused(...args: unknown[]): InvalidKeyError {
  try {
    keyOf(...args);
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidKeyError);
    return error as InvalidKeyError;
  }
  throw new Error('was not refused');
}

const cycle: { self?: unknown } = {};
cycle.self = [cycle];

let deep: unknown[] = [];
for (let level = 0; level < 100_000; level++) deep = [deep];

const traps = new Proxy(
  {},
  {
    get() {
      throw new Error('a trap ran');
    },
    ownKeys() {
      throw new Error('a trap ran');
    },
    getPrototypeOf() {
      throw new Error('a trap ran');
    },
    getOwnPropertyDescriptor() {
      throw new Error('a trap ran');
    },
  },
);

const explosive = {
  get secret(): never {
    throw new Error('a getter ran');
  },
};

const explosiveRegExp = Object.defineProperty(/a/, 'global', {
  get(): never {
    throw new Error('a getter ran');
  },
});

/** An `ArrayBuffer` as it is left behind, with what looked at it. */
function transferred(): { buffer: ArrayBuffer; view: DataView; bytes: Uint8Array } {
  const buffer = new ArrayBuffer(8);
  const left = { buffer, view: new DataView(buffer), bytes: new Uint8Array(buffer) };
  structuredClone(buffer, { transfer: [buffer] });
  return left;
}

describe('arguments that no key can be made of', () => {
  const cases: [string, unknown, RegExp][] = [
    ['a function', () => 1, /a function/],
    ['a class', Money, /a function/],
    ['a symbol', Symbol('s'), /a symbol/],
    ['a symbol as a name', { [Symbol('s')]: 1 }, /symbols as property names/],
    ['a symbol as a name of a list', Object.assign([1], { [Symbol('s')]: 1 }), /symbols as property names/],
    ['a cycle', cycle, /cycle/],
    ['endless nesting', deep, /nested deeper/],
    ['a proxy', traps, /a proxy/],
    ['a proxy of a function', new Proxy(() => 1, {}), /a function/],
    ['a getter', explosive, /a getter/],
    [
      'a getter in a list',
      Object.defineProperty([], 0, { get: () => 1, enumerable: true, configurable: true }),
      /a getter/,
    ],
    ['a hidden property', Object.defineProperty({}, 'x', { value: 1 }), /hidden/],
    ['a list with names', Object.assign([1], { total: 3 }), /named properties/],
    ['a Date with properties', Object.assign(new Date(0), { zone: 'UTC' }), /properties of its own/],
    ['a Map with properties', Object.assign(new Map(), { extra: 1 }), /properties of its own/],
    ['an instance', new Money(1, 'EUR'), /an instance of Money/],
    ['a subclass of Map', new (class Registry extends Map {})(), /an instance of Registry/],
    ['a subclass of Array', new (class List extends Array {})(), /an instance of List/],
    ['a boxed number', Object(1), /an instance of Number/],
    ['an Error', new Error('x'), /an instance of Error/],
    ['a promise', Promise.resolve(1), /an instance of Promise/],
    ['a WeakMap', new WeakMap(), /an instance of WeakMap/],
    ['something with the prototype of Date', Object.create(Date.prototype), /an instance of Date/],
    ['an ArrayBuffer that was transferred', transferred().buffer, /an instance of ArrayBuffer/],
    ['a DataView of one', transferred().view, /an instance of DataView/],
    ['a typed array of one', transferred().bytes, /an instance of Uint8Array/],
    ['something with a proxy as its prototype', Object.create(traps) as object, /an anonymous class/],
    ['a RegExp with flags of its own', explosiveRegExp, /properties of its own/],
    ['something with the prototype of URL', Object.create(URL.prototype), /an instance of URL/],
    [
      'an instance that pretends',
      new (class Fake {
        get [Symbol.toStringTag]() {
          return 'Map';
        }
        toJSON() {
          return 1;
        }
      })(),
      /an instance of Fake/,
    ],
  ];
  for (const [name, value, message] of cases) {
    it(`${name}: alone and inside`, () => {
      expect(refused(value).message).to.match(message);
      expect(refused({ a: [value] }).message).to.match(message);
      expect(refused(new Map([[1, value]])).message).to.match(message);
      expect(refused(new Set([value])).message).to.match(message);
    });
  }

  it('are named by method, position and path, with what can be done, and never shown', () => {
    expect(refused(1, { filter: { items: [0, () => 'secret'] } }).message).to.equal(
      'Users.find: argument 2 (args[1].filter.items[1]) is a function, which no key can be made of; give the decorator a `key`',
    );
    expect(refused(new Money(99, 'EUR')).message).to.equal(
      'Users.find: argument 1 (args[0]) is an instance of Money, which no key can be made of; give the decorator a `key`, ' +
        'or the class a `toCacheKey()`, or list the class in `dataClasses` of the decorator or the registry',
    );
  });
});

describe('refusals', () => {
  forbidUnhandledRejections();

  it('do not advise dataClasses where all instances would have one key', () => {
    class Late extends Date {}
    for (const value of [new URLSearchParams('secret'), new Error('secret'), new Late(), new Intl.Collator()]) {
      expect(refused(value).message).to.match(
        /an instance of \w+, which no key can be made of; give the decorator a `key`, or a class of your own a `toCacheKey\(\)`$/,
      );
    }
  });

  it('show the beginning of a long way', () => {
    expect(refused(deep).message).to.equal(
      `Users.find: argument 1 (args[0]${'[0]'.repeat(19)} …) is nested deeper than 200 levels, which no key can be made of; give the decorator a \`key\``,
    );
  });

  it('leave nothing behind of a toCacheKey() that answers a promise', () => {
    class Slow {
      async toCacheKey(): Promise<never> {
        throw new Error('nobody waits for this');
      }
    }
    expect(refused(new Slow()).message).to.include('(args[0].toCacheKey()) is an instance of Promise');
  });
});

describe('class instances in default keys', () => {
  it('say what they are with toCacheKey()', () => {
    expect(keyOf(new Id('a'))).to.equal('Users.find(@Id("a"))');
    expect(keyOf(new Id('a'))).to.not.equal(keyOf(new Id('b')));
    expect(keyOf(new Id('a'))).to.not.equal(keyOf('a'));
  });

  it('may answer with anything a key can be made of', () => {
    class Range {
      toCacheKey(): unknown {
        return { from: new Date(1), to: [1, 2] };
      }
    }
    class Bad {
      toCacheKey(): unknown {
        return () => 1;
      }
    }
    class Endless {
      toCacheKey(): unknown {
        return this;
      }
    }
    expect(keyOf(new Range())).to.equal('Users.find(@Range({"from":Date(1),"to":[1,2]}))');
    expect(refused(new Bad()).message).to.include('(args[0].toCacheKey()) is a function');
    expect(refused(new Endless()).message).to.include('cycle');
  });

  it('let what toCacheKey() throws pass', () => {
    const boom = new Error('boom');
    class Broken {
      toCacheKey(): never {
        throw boom;
      }
    }
    expect(() => keyOf(new Broken())).to.throw(boom);
  });

  it('are taken by their own enumerable properties when listed in dataClasses', () => {
    const withMoney = rules([Money]);
    expect(argumentKey([new Money(1, 'EUR')], withMoney)).to.equal('Users.find(@Money{"amount":1,"currency":"EUR"})');
    expect(argumentKey([{ amount: 1, currency: 'EUR' }], withMoney)).to.not.include('@');
    class Cash extends Money {}
    expect(() => argumentKey([new Cash(1, 'EUR')], withMoney)).to.throw(InvalidKeyError, /an instance of Cash/);
  });

  it('of two living classes with one name are refused when the second is met', () => {
    const make = (): object =>
      new (class Same {
        toCacheKey() {
          return 1;
        }
      })();
    const one = make();
    const other = make();
    const shared = rules();
    argumentKey([one], shared);
    expect(() => argumentKey([other], shared)).to.throw(InvalidKeyError, /two classes named Same/);
    expect(argumentKey([one], shared)).to.equal('Users.find(@Same(1))');
  });

  it('of anonymous classes are refused', () => {
    expect(
      refused(
        new (class {
          toCacheKey() {
            return 1;
          }
        })(),
      ).message,
    ).to.include('without a name');
  });

  it('cannot pretend to be another class by an odd name', () => {
    const odd = Object.defineProperty(
      class {
        toCacheKey() {
          return 1;
        }
      },
      'name',
      { value: 'Id("a"),@X' },
    );
    expect(keyOf(new odd())).to.equal('Users.find(@"Id(\\"a\\"),@X"(1))');
  });
});
