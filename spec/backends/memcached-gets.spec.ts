import { expect } from 'chai';
import { memcachedBackend } from '#lib/backends/memcached/memcached.js';
import { encode, encodeGets, Opcode } from '#lib/backends/memcached/packet.js';
import { Ring } from '#lib/backends/memcached/ring.js';
import type { Backend } from '#lib/contracts/backend.js';
import { generationKey } from '#lib/util/stored-key.js';
import { bytes, context, failureOf, text } from '../support/backend-calls.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { MemcachedServer, useMemcached } from '../support/memcached-server.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

const shop = { ...text, namespace: 'shop:' };
const garden = { ...text, namespace: 'garden:' };

describe('memcached backend: single gets', () => {
  const server = useMemcached();
  forbidUnhandledRejections();
  let backend: Backend;

  beforeEach(async () => {
    backend = memcachedBackend({ url: server.url }, context);
    await backend.clear('', text);
    await backend.set('k', 'before', undefined, shop);
  });
  afterEach(() => backend.close());

  it('and other commands of one turn are carried out in the order of the program', async () => {
    for (const call of [shop, text]) {
      await backend.set('k', 'before', undefined, call);
      const [first, , second, , third, , fourth] = await Promise.all([
        backend.get('k', call),
        backend.set('k', 'after', undefined, call),
        backend.get('k', call),
        backend.multiSet([['k', 'later']], undefined, call),
        backend.get('k', call),
        backend.delete(['k'], call),
        backend.get('k', call),
      ]);
      expect([first, second, third, fourth]).to.deep.equal(['before', 'after', 'later', undefined]);
    }
  });

  it('are repeated with the others in that order when their generation was dead', async () => {
    const other = memcachedBackend({ url: server.url }, context);
    await other.clear('shop:', shop);
    const [first, , second, , third] = await Promise.all([
      backend.get('k', shop),
      backend.set('k', 'after', undefined, shop),
      backend.get('k', shop),
      backend.delete(['k'], shop),
      backend.get('k', shop),
    ]);
    expect([first, second, third]).to.deep.equal([undefined, 'after', undefined]);
    await other.set('k', 'of the other', undefined, shop);
    expect(await backend.get('k', shop)).to.equal('of the other');
    await other.close();
  });

  it('are written as any other request is, whatever the length of their keys and their number', () => {
    const keys = Array.from({ length: 250 }, (_, index) => '!k~'.repeat(84).slice(0, index + 1));
    for (const opaque of [0, 0x01020304, 2 ** 32 - 100]) {
      const requests = keys.map((key) => ({ opcode: Opcode.get, key }));
      const written = encodeGets(keys, opaque);
      expect(written.equals(encode(requests, opaque))).to.equal(true);
      // Their numbers begin again at 0 after the last that there is room for.
      let at = 12;
      const numbers = keys.map((key) => {
        const number = written.readUInt32BE(at);
        at += 24 + key.length;
        return number;
      });
      expect(numbers).to.deep.equal(keys.map((_, index) => (opaque + index) % 2 ** 32));
    }
  });

  it('answer each as it asked, and from its own namespace', async () => {
    await Promise.all([
      backend.set('k', 'of the garden', undefined, garden),
      backend.set('k', 'of nobody', undefined, text),
    ]);
    const found = await Promise.all([
      backend.get('k', shop),
      backend.get('k', garden),
      backend.get('k', { ...bytes, namespace: 'shop:' }),
      backend.get('k', text),
      backend.get('missing', garden),
      backend.get('k', shop),
    ]);
    const before = Buffer.from('before');
    expect(found).to.deep.equal(['before', 'of the garden', before, 'of nobody', undefined, 'before']);
  });

  it('fail one after the other in a turn whose question has failed already', async () => {
    const mortal = new MemcachedServer();
    await mortal.start();
    const bereft = memcachedBackend({ url: mortal.url }, context);
    await bereft.set('k', 'v', undefined, shop);
    expect(await bereft.get('k', shop)).to.equal('v');
    await mortal.kill();
    await eventually(() => failureOf(() => bereft.get('k', shop), 'ERR_CACHE_BACKEND_UNAVAILABLE'));
    const away = (work: () => unknown): Promise<unknown> => failureOf(work, 'ERR_CACHE_BACKEND_UNAVAILABLE');
    // The write asks at once, so the second get finds that the question of this turn has failed already.
    await Promise.all([
      away(() => bereft.set('k', 'v', undefined, shop)),
      away(() => bereft.get('k', shop)).then(() => away(() => bereft.get('k', shop))),
    ]);
    await bereft.close();
    await mortal.dispose();
  });

  describe('whose generation lies on another server', () => {
    const KEYS = Array.from({ length: 20 }, (_, index) => `key-${index}`);
    const second = new MemcachedServer();
    let proxies: readonly FaultProxy[];
    /** In front of the server with the generation. */
    let asked: FaultProxy;
    /** The server behind it, alone. */
    let home: Backend;
    let many: Backend;
    /** A key on the server without the generation. */
    let elsewhere: string;

    before(() => second.start());
    after(() => second.dispose());

    beforeEach(async () => {
      const servers = [server, second];
      proxies = await Promise.all(servers.map((one) => FaultProxy.start(() => one.port)));
      const names = proxies.map(({ port }) => `127.0.0.1:${port}`);
      const ring = new Ring([0, 1], (index) => names[index]!);
      const index = ring.ownerOf(generationKey('shop:'));
      asked = proxies[index]!;
      home = memcachedBackend({ url: servers[index]!.url }, context);
      many = memcachedBackend({ servers: names }, context);
      const candidates = Array.from({ length: 200 }, (_, number) => `probe-${number}`);
      elsewhere = candidates.find((key) => ring.ownerOf(key) !== index)!;
      const entries = KEYS.map((key) => [key, `of ${key}`] as const);
      await many.multiSet(entries, undefined, shop);
    });
    afterEach(async () => {
      await Promise.all([many.close(), home.close()]);
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    });

    /** Asks for all keys, and answers when those on the server without the generation were answered there. */
    async function ask(): Promise<{ gets: Promise<unknown[]>; settled: () => number }> {
      let settled = 0;
      asked.fault = { kind: 'hang' };
      const gets = Promise.all(KEYS.map((key) => Promise.resolve(many.get(key, shop)).finally(() => (settled += 1))));
      expect(await many.raw('get', [elsewhere], text)).to.equal(undefined);
      return { gets, settled: () => settled };
    }

    it('wait for it', async () => {
      const { gets, settled } = await ask();
      expect(settled()).to.equal(0);
      asked.heal();
      expect(await gets).to.deep.equal(KEYS.map((key) => `of ${key}`));
    });

    it('answer with nothing of a dead one', async () => {
      await home.raw('set', [generationKey('shop:'), 'another'], text);
      const { gets, settled } = await ask();
      expect(settled()).to.equal(0);
      asked.heal();
      expect(await gets).to.deep.equal(KEYS.map(() => undefined));
    });

    it('fail with it', async () => {
      const { gets, settled } = await ask();
      const failure = failureOf(() => gets, 'ERR_CACHE_BACKEND');
      expect(settled()).to.equal(0);
      asked.cutAll();
      await failure;
      await eventually(() => expect(settled()).to.equal(KEYS.length));
    });
  });
});
