import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import sinon from 'sinon';
import { dial } from '#lib/backends/redis/dial.js';
import { type RedisAddress, readRedisOptions } from '#lib/backends/redis/redis-options.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { context, text } from '../support/backend-calls.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** What a redirection can look like when bits flip. Redis itself answers like this at no time, hence no real one. */
const REDIRECTIONS = [
  'MOVED',
  'MOVED 1',
  'MOVED x y',
  'MOVED 1 127.0.0.117044',
  'MOVED 1 127.0.0.1:99999',
  'MOVED 1 :7000',
  'ASK 1',
  'ASK 1 nowhere',
];

const SLOTS: Readonly<Record<string, string>> = {
  'a number': ':5\r\n',
  nil: '$-1\r\n',
  'a list of numbers': '*1\r\n:7\r\n',
  'a range of text': '*1\r\n*3\r\n$1\r\na\r\n$1\r\nb\r\n*2\r\n$1\r\nh\r\n:1\r\n',
  'a range without end': '*1\r\n*3\r\n:0\r\n:99999999\r\n*2\r\n$1\r\nh\r\n:1\r\n',
  'a node that is a number': '*1\r\n*3\r\n:0\r\n:16383\r\n:7\r\n',
  'a node without a port': '*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$1\r\nh\r\n$1\r\nx\r\n',
};

describe('redis cluster: answers about the cluster that make no sense', () => {
  let server: Server;
  const sockets = new Set<Socket>();
  /** What `GET` and `CLUSTER SLOTS` are answered with, once. */
  let get: string | undefined;
  let slots: string | undefined;
  let silent = false;
  forbidUnhandledRejections();

  before(async () => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        for (const [, name] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
          const reply = answer(name!.toLowerCase());
          if (reply !== undefined) socket.write(reply);
        }
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());
  beforeEach(() => {
    get = slots = undefined;
    silent = false;
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  });

  function answer(name: string): string | undefined {
    const { port } = server.address() as AddressInfo;
    if (name === 'cluster') {
      if (silent) return undefined;
      const given = slots ?? `*1\r\n*3\r\n:0\r\n:16383\r\n*3\r\n$9\r\n127.0.0.1\r\n:${port}\r\n$2\r\nid\r\n`;
      slots = undefined;
      return given;
    }
    if (name === 'get' || name === 'mget') {
      const given = get ?? '$1\r\nv\r\n';
      get = undefined;
      return given;
    }
    return name === 'info' ? '$18\r\ncluster_state:ok\r\n\r\n' : '+PONG\r\n';
  }

  const address = (): RedisAddress =>
    readRedisOptions({ cluster: [`127.0.0.1:${(server.address() as AddressInfo).port}`] }) as RedisAddress;

  for (const redirection of REDIRECTIONS) {
    it(`goes on after the redirection ${redirection}`, async () => {
      const backend = redisBackend({ cluster: [`127.0.0.1:${(server.address() as AddressInfo).port}`] }, context);
      await backend.connect!();
      get = `-${redirection}\r\n`;
      // A node that is nowhere loses this one call.
      const answer = await Promise.resolve(backend.get('a', text)).catch(
        (error: unknown) => (error as { code: string }).code,
      );
      expect(answer).to.be.oneOf(['v', 'ERR_CACHE_BACKEND']);
      await eventually(async () => expect(await backend.get('a', text)).to.equal('v'));
      await backend.close();
    });
  }

  for (const [name, reply] of Object.entries(SLOTS)) {
    it(`keeps the slots it knows when it is told ${name}`, async () => {
      const dialled = dial(address());
      const client = (await dialled.ready) as unknown as {
        refreshSlotsCache(done: (error: unknown) => void): void;
        call(name: string, args: string[]): Promise<unknown>;
      };
      slots = reply;
      const error = await new Promise((resolve) => client.refreshSlotsCache(resolve));
      expect(error).to.be.instanceOf(Error);
      expect(await client.call('get', ['a'])).to.equal('v');
      await dialled.end();
    });
  }

  it('stops looking when it is closed while it looks at the slots', async () => {
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const begun = sinon.spy(globalThis, 'setInterval');
    const ended = sinon.spy(globalThis, 'clearInterval');
    try {
      const dialled = dial(address());
      const client = (await dialled.ready) as unknown as { refreshSlotsCache(done: () => void): void };
      silent = true;
      const connected = once(server, 'connection');
      clock.tick(2_000);
      const [asked] = await connected;
      const looked = new Promise<void>((resolve) => client.refreshSlotsCache(resolve));
      await dialled.end();
      (asked as Socket).destroy();
      await looked;
      expect(begun.returnValues).to.not.be.empty;
      for (const interval of begun.returnValues) expect(ended.calledWith(interval)).to.equal(true);
    } finally {
      begun.restore();
      ended.restore();
      clock.restore();
    }
  });
});
