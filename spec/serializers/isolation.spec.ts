import { Readable } from 'node:stream';
import { inspect } from 'node:util';
import { expect } from 'chai';
import { SerializationError } from '#lib/errors.js';
import { isolatedReference } from '#lib/serializers/isolated.js';
import { cloneValue, deepFreeze, isolate } from '#lib/util/isolation.js';

class User {
  readonly roles = ['admin'];
  constructor(readonly name: string) {}
  get isAdmin(): boolean {
    return this.roles.includes('admin');
  }
}

describe('isolation', () => {
  it('none hands over the value itself', () => {
    const value = { a: 1 };
    expect(isolate(value, 'none')).to.equal(value);
  });

  describe('copy', () => {
    const { serialize, deserialize } = isolatedReference('copy');

    it('keeps what is stored from the writer and from every reader', () => {
      const written = {
        list: [1],
        map: new Map([['k', { n: 1 }]]),
        set: new Set([[1]]),
        at: new Date(0),
        data: Buffer.from('a'),
      };
      const expected = structuredClone({ ...written, data: null });
      const wire = serialize(written);
      const spoil = (value: typeof written): void => {
        value.list.push(2);
        value.map.get('k')!.n = 2;
        for (const item of value.set) item.push(2);
        value.at.setFullYear(1999);
        value.data.fill('x');
      };
      spoil(written);
      spoil(deserialize(wire) as typeof written);
      const read = deserialize(wire) as typeof written;
      expect({ ...read, data: null }).to.deep.equal(expected);
      expect(read.data).to.deep.equal(Buffer.from('a'));
    });

    it('keeps cycles, shared references, holes, null prototypes and class instances', () => {
      const shared = { n: 1 };
      const value: Record<string, unknown> = {
        a: shared,
        b: shared,
        sparse: [, 1],
        bare: Object.create(null),
        user: new User('Ada'),
      };
      value['self'] = value;
      const copy = cloneValue(value) as Record<string, any>;
      expect(copy).not.to.equal(value);
      expect(copy['self']).to.equal(copy);
      expect(copy['a']).to.equal(copy['b']).and.not.equal(shared);
      expect(copy['sparse']).to.have.lengthOf(2).and.not.have.property('0');
      expect(Object.getPrototypeOf(copy['bare'])).to.equal(null);
      expect(copy['user']).to.be.instanceOf(User).and.have.property('isAdmin', true);
      expect(copy['user'].roles).not.to.equal((value['user'] as User).roles);
    });

    it('copies a Buffer without the pool it lives in', () => {
      const pooled = Buffer.from('a');
      const copy = cloneValue({ pooled }).pooled;
      expect(Buffer.isBuffer(copy)).to.equal(true);
      expect(copy.buffer === pooled.buffer && copy.byteOffset === pooled.byteOffset).to.equal(false);
    });

    it('changes no prototype', () => {
      const copy = cloneValue(JSON.parse('{"__proto__":{"polluted":true}}')) as Record<string, unknown>;
      expect(copy['polluted']).to.equal(undefined);
      expect(Object.keys(copy)).to.deep.equal(['__proto__']);
    });

    it('runs no setters of the class', () => {
      class Guarded {
        set name(_: string) {
          throw new Error('ran');
        }
      }
      const value = Object.defineProperty(new Guarded(), 'name', { value: 'Ada', enumerable: true });
      expect(Object.getOwnPropertyDescriptor(cloneValue(value), 'name')).to.include({ value: 'Ada' });
    });

    it('keeps URLs, and classes with a tag of their own', () => {
      class Tagged {
        readonly at = new Date(0);
        get [Symbol.toStringTag](): string {
          return 'Tagged';
        }
      }
      const value = { url: new URL('http://a/b?c=1'), query: new URLSearchParams('d=1'), tagged: new Tagged() };
      const copy = cloneValue(value);
      expect(copy.url).to.be.instanceOf(URL).with.property('href', 'http://a/b?c=1');
      expect(String(copy.query)).to.equal('d=1');
      copy.url.searchParams.set('c', '2');
      expect(value.url.href).to.equal('http://a/b?c=1');
      expect(copy.tagged).to.be.instanceOf(Tagged).with.deep.property('at', new Date(0));
      expect(copy.tagged.at).not.to.equal(value.tagged.at);
    });

    it('refuses what would be copied as an empty object', () => {
      for (const value of [new Headers({ a: 'b' }), { response: new Response('a') }])
        expect(() => serialize(value)).to.throw(SerializationError);
    });

    it('copies no primitive', () => {
      for (const value of ['text', 1, true, null, undefined, 5n]) expect(cloneValue(value)).to.equal(value);
    });

    it('refuses functions, symbols, promises and the very deep, and quotes none of them', () => {
      let deep: unknown = 1;
      for (let n = 0; n < 100_000; n++) deep = [deep];
      for (const value of [
        (): string => 'hunter2',
        { run: (): string => 'hunter2' },
        Symbol('hunter2'),
        [Promise.resolve(1)],
        deep,
      ]) {
        expect(() => serialize(value))
          .to.throw(SerializationError)
          .and.satisfy(
            (error: unknown) => !inspect(error, { showHidden: true }).split('\n    at ')[0]!.includes('hunter2'),
          );
      }
    });
  });

  describe('freeze', () => {
    const { serialize, deserialize } = isolatedReference('freeze');

    it('hands over one object that cannot change', () => {
      const value = { list: [{ n: 1 }], user: new User('Ada') };
      const read = deserialize(serialize(value)) as typeof value;
      expect(read).to.equal(value);
      expect(() => read.list.push({ n: 2 })).to.throw(TypeError);
      expect(() => {
        read.list[0]!.n = 2;
      }).to.throw(TypeError);
      expect(() => read.user.roles.push('x')).to.throw(TypeError);
    });

    it('freezes nothing of what holds a stream, which could not be read then', () => {
      const value = { stream: Readable.from(['a']) };
      expect(() => serialize(value)).to.throw(SerializationError);
      expect(value).not.to.be.frozen;
      expect(value.stream).not.to.be.frozen;
    });

    it('survives cycles and any depth', () => {
      const value: Record<string, unknown> = {};
      value['self'] = value;
      expect(deepFreeze(value)).to.be.frozen;
      const bottom = {};
      let deep: unknown = bottom;
      for (let n = 0; n < 100_000; n++) deep = [deep];
      deepFreeze(deep);
      expect(bottom).to.be.frozen;
    });

    it('goes on below what was frozen before', () => {
      const inner = { n: 1 };
      deepFreeze(Object.freeze({ inner }));
      expect(inner).to.be.frozen;
    });

    it('leaves alone what cannot be frozen, and functions', () => {
      const run = (): void => undefined;
      const held = { n: 1 };
      const value = { data: Buffer.from('a'), floats: new Float64Array(1), map: new Map([['k', held]]), run };
      expect(deepFreeze(value)).to.be.frozen;
      value.data.fill('b');
      value.map.set('l', held);
      expect(run).not.to.be.frozen;
      expect(held).not.to.be.frozen;
    });

    it('runs no getters', () => {
      const value = {
        get trap(): never {
          throw new Error('ran');
        },
      };
      expect(deepFreeze(value)).to.be.frozen;
    });
  });
});
