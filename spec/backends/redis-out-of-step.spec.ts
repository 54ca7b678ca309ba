import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { redisBackend } from '#lib/backends/redis/redis.js';
import type { Backend } from '#lib/contracts/backend.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** Answers that belong to another command, as they come when answers and commands are out of step. */
const UNFITTING: Readonly<Record<string, string>> = {
  nothing: '$-1\r\n',
  'a number': ':7\r\n',
  text: '$5\r\nhello\r\n',
  'too few values': '*1\r\n$5\r\nhello\r\n',
  'lists instead of values': '*3\r\n*0\r\n*0\r\n*0\r\n',
};

describe('redis backend: an answer that does not fit its command', () => {
  let server: Server;
  let backend: Backend;
  let connections = 0;
  let sockets: Socket[] = [];
  let answers: Readonly<Record<string, string>> = {};
  forbidUnhandledRejections();

  before(async () => {
    server = createServer((socket) => {
      connections += 1;
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        for (const [, name] of chunk.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
          socket.write(answers[name!.toLowerCase()] ?? '+PONG\r\n');
        }
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  beforeEach(async () => {
    backend = redisBackend({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, context);
    await backend.connect!();
    connections = 0;
  });
  afterEach(async () => {
    await backend.close();
    for (const socket of sockets) socket.destroy();
    sockets = [];
    answers = {};
  });

  for (const [name, reply] of Object.entries(UNFITTING)) {
    it(`ends gets of one turn with an error, and the connection: ${name}`, async () => {
      answers = { mget: reply };
      const gets = ['a', 'b', 'c'].map((key) => failureOf(() => backend.get(key, text), 'ERR_CACHE_BACKEND'));
      for (const error of await Promise.all(gets)) expect(error.message).not.to.contain('hello');
      await eventually(() => expect(connections).to.equal(1));
    });

    it(`ends a multiGet the same way: ${name}`, async () => {
      answers = { mget: reply };
      await failureOf(() => backend.multiGet(['a', 'b', 'c'], text), 'ERR_CACHE_BACKEND');
      await eventually(() => expect(connections).to.equal(1));
    });
  }

  it('ends a lone get the same way', async () => {
    answers = { get: ':7\r\n' };
    await failureOf(() => backend.get('a', text), 'ERR_CACHE_BACKEND');
    await eventually(() => expect(connections).to.equal(1));
  });

  /** What each is told in a list within a list, so that stored values do not pass for it, and it does not pass for them. */
  const SCRIPTS: Readonly<Record<string, (backend: Backend) => unknown>> = {
    'the question for a lock': ({ locks }) => locks!.acquire('lock', 'me', 1_000, text),
    counting: (counter) => counter.increment('key', 1, undefined, text),
    'the reading of a version': ({ versions }) => versions!.read('key', text),
    'the question for a token': ({ fences }) => fences!.take(['key'], text),
  };
  for (const [name, ask] of Object.entries(SCRIPTS)) {
    for (const reply of ['$-1\r\n', '$2\r\n12\r\n', '*1\r\n$2\r\n12\r\n', '*2\r\n$1\r\n1\r\n$2\r\n12\r\n']) {
      it(`ends ${name} the same way: ${JSON.stringify(reply)}`, async () => {
        answers = { evalsha: reply };
        await failureOf(() => ask(backend), 'ERR_CACHE_BACKEND');
        await eventually(() => expect(connections).to.equal(1));
      });
    }
  }

  it('leaves an error of ours as it is, and the connection, too', async () => {
    answers = { evalsha: '*1\r\n*1\r\n$-1\r\n' };
    await failureOf(() => backend.increment('key', 1, undefined, text), 'ERR_CACHE_NOT_A_NUMBER');
    answers = { get: '$5\r\nhello\r\n' };
    expect(await backend.get('a', text)).to.equal('hello');
    expect(connections).to.equal(0);
  });
});
