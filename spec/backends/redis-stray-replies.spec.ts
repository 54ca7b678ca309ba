import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import type { ClusterClient, RedisClient } from '#lib/backends/redis/client.js';
import { dial } from '#lib/backends/redis/dial.js';
import { SUBSCRIBER } from '#lib/backends/redis/dial-server.js';
import { type RedisAddress, readRedisOptions } from '#lib/backends/redis/redis-options.js';
import { redisBackend } from '#lib/backends/redis/redis.js';
import { Subscriber } from '#lib/backends/redis/subscriber.js';
import type { Backend } from '#lib/contracts/backend.js';
import { context, text } from '../support/backend-calls.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections, forbidWarnings } from '../support/process-watch.js';
import { useRedisCluster } from '../support/redis-cluster.js';

/** Replies that answer nothing, as they come when bits of a length flip. */
const STRAY: Readonly<Record<string, string>> = {
  nil: '$-1\r\n',
  'a nil list': '*-1\r\n',
  'several nils': '$-1\r\n$-1\r\n:1\r\n$-1\r\n',
  'an error': '-ERR what\r\n',
  'a number': ':1\r\n',
  // More than the listeners that a socket may have without a warning.
  'many of them': '$-1\r\n'.repeat(20),
};

describe('redis backend: a reply that answers nothing', () => {
  let server: Server;
  let connections = 0;
  const sockets = new Set<Socket>();
  forbidUnhandledRejections();
  forbidWarnings();

  before(async () => {
    server = createServer((socket) => {
      connections += 1;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        for (const [, name] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
          const listens = name!.toLowerCase() === 'subscribe';
          socket.write(listens ? '*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n' : '+PONG\r\n');
        }
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());
  beforeEach(() => void (connections = 0));
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  });

  function say(bytes: string): void {
    for (const socket of sockets) socket.write(bytes);
  }

  for (const [name, bytes] of Object.entries(STRAY)) {
    it(`ends the connection, and nothing else: ${name}`, async () => {
      const { port } = server.address() as AddressInfo;
      const backend: Backend = redisBackend({ host: '127.0.0.1', port }, context);
      await backend.connect!();
      say(bytes);
      await eventually(() => expect(connections).to.equal(2));
      await eventually(async () => expect(await backend.raw('ping', [], text)).to.equal('PONG'));
      await backend.close();
    });
  }

  it('ends the connection that listens, too: a message without a payload, or without a channel', async () => {
    const { port } = server.address() as AddressInfo;
    const address = readRedisOptions({ host: '127.0.0.1', port }) as RedisAddress;
    for (const bytes of ['*1\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\np\r\n', '$-1\r\n']) {
      const subscriber = new Subscriber(() => dial(address, SUBSCRIBER));
      let woken = 0;
      await subscriber.listen('c', () => (woken += 1));
      say(bytes);
      await eventually(() => expect(woken).to.equal(1));
      await subscriber.close();
    }
  });
});

describe('redis cluster: a reply of a node that answers nothing', () => {
  const cluster = useRedisCluster();
  forbidUnhandledRejections();
  forbidWarnings();

  it('ends the connection to that node, and the others go on', async () => {
    const address = readRedisOptions({ cluster: cluster.addresses }) as RedisAddress;
    const dialled = dial(address);
    const client = (await dialled.ready) as ClusterClient;
    const [node, ...others] = client.nodes('master') as (RedisClient & { stream: Socket })[];
    node!.stream.emit('data', Buffer.from(STRAY['several nils']!));
    await eventually(() => expect(node!.status).to.equal('end'));
    expect(others.map(({ status }) => status)).to.deep.equal(['ready', 'ready']);
    await eventually(async () => {
      for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) await client.call('set', [key, key]);
    });
    await dialled.end();
  });
});
