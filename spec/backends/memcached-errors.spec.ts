import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import { memcachedBackend } from '#lib/backends/memcached/memcached.js';
import { Opcode, Status } from '#lib/backends/memcached/packet.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

const HEADER = 24;

/** Answers every request with its key, those whose key has `busy` in it with an error, and those with `lost` not at all. */
function answer(request: Buffer): Buffer {
  const extras = request[4]!;
  const key = request.subarray(HEADER + extras, HEADER + extras + request.readUInt16BE(2));
  if (key.includes('lost')) return Buffer.alloc(0);
  const busy = key.includes('busy');
  const reads = request[1] === Opcode.get && !busy;
  const body = reads ? Buffer.concat([Buffer.alloc(4), key]) : Buffer.alloc(0);
  const header = Buffer.alloc(HEADER);
  header[0] = 0x81;
  header[1] = request[1]!;
  header[4] = reads ? 4 : 0;
  header.writeUInt16BE(busy ? Status.busy : Status.ok, 6);
  header.writeUInt32BE(body.length, 8);
  request.copy(header, 12, 12, 16);
  return Buffer.concat([header, body]);
}

describe('memcached backend: an error, or no answer, for one of the gets of a turn', () => {
  forbidUnhandledRejections();
  let server: Server;
  let connections = 0;

  before(async () => {
    server = createServer((socket) => {
      connections += 1;
      let rest = Buffer.alloc(0);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        rest = Buffer.concat([rest, chunk]);
        while (rest.length >= HEADER && rest.length >= HEADER + rest.readUInt32BE(8)) {
          const end = HEADER + rest.readUInt32BE(8);
          socket.write(answer(rest.subarray(0, end)));
          rest = rest.subarray(end);
        }
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  it('is an error of its caller, and the others get their values', async () => {
    const { port } = server.address() as AddressInfo;
    const backend = memcachedBackend({ servers: [`127.0.0.1:${port}`] }, context);
    const [a, failure, b] = await Promise.all([
      backend.get('a', text),
      failureOf(() => backend.get('busy', text), 'ERR_CACHE_BACKEND'),
      backend.get('b', text),
    ]);
    expect([a, b]).to.deep.equal(['a', 'b']);
    expect(failure.message).to.contain('busy');
    await failureOf(() => backend.multiGet(['a', 'busy'], text), 'ERR_CACHE_BACKEND');
    expect(await backend.get('a', text)).to.equal('a');
    expect(connections).to.equal(1);
    await backend.close();
  });

  it('ends the connection when it is no answer, and nobody waits', async () => {
    const { port } = server.address() as AddressInfo;
    const backend = memcachedBackend({ servers: [`127.0.0.1:${port}`] }, context);
    const outcomes = await Promise.allSettled(['a', 'lost', 'b'].map((key) => backend.get(key, text)));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'rejected']);
    await eventually(async () => expect(await backend.get('a', text)).to.equal('a'));
    await failureOf(() => backend.multiGet(['a', 'lost', 'b'], text), 'ERR_CACHE_BACKEND');
    await eventually(async () => expect(await backend.get('a', text)).to.equal('a'));
    await backend.close();
  });
});

describe('memcached backend: a server that is none', () => {
  forbidUnhandledRejections();

  it('is said to be none', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const backend = memcachedBackend({ servers: [`127.0.0.1:${port}`] }, context);
    const error = await failureOf(() => backend.get('k', text), 'ERR_CACHE_BACKEND_UNAVAILABLE');
    expect(error.message).to.match(/does not answer in the binary protocol; check the port/);
    await backend.close();
    server.close();
  });
});
