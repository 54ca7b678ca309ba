import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { useFakeTimers } from 'sinon';
import { createCache } from 'cachewright';
import { dynamoDbBackend } from '#lib/backends/dynamodb/dynamodb.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { deferred } from '../support/deferred.js';
import { optionsOf, useDynamoDb } from '../support/dynamodb-server.js';
import { DynamoDbStub } from '../support/dynamodb-stub.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

describe('waiting for dynamodb', () => {
  const server = useDynamoDb();
  forbidUnhandledRejections();
  let stub: DynamoDbStub;
  beforeEach(async () => void (stub = await DynamoDbStub.start(server.endpoint)));
  afterEach(() => stub.stop());

  it('ends for those who gave up, not for those who asked in the same turn', async () => {
    const cache = createCache({ ...server.table('waiting'), endpoint: stub.endpoint, namespace: 'n', timeout: 0 });
    await cache.set('there', 1);
    const gaveUp = deferred();
    stub.script = async ({ operation }) => {
      if (operation.includes('Get')) await gaveUp.promise;
      return 'pass';
    };
    const hasty = failureOf(() => cache.get('there', { timeout: 30 }), 'ERR_CACHE_COMMAND_TIMEOUT');
    const patient = [
      cache.set('a', 1),
      cache.get('there'),
      cache.exists('there'),
      cache.multiGet(['there']),
      cache.add('b', 1),
      cache.multiSet({ c: 1 }),
      cache.increment('d'),
    ];
    await hasty;
    gaveUp.resolve();
    expect(await Promise.all(patient)).to.deep.equal([undefined, 1, true, [1], true, undefined, 1]);
    await cache.close();
  });

  it('ends for every request, whoever waits for it and however long', async () => {
    const backend = dynamoDbBackend({ ...optionsOf(server.table('waiting')), endpoint: stub.endpoint }, context);
    await backend.connect!();
    stub.requests.length = 0;
    stub.script = () => 'hang';
    const timers = useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const failed = failureOf(() => backend.get('k', { ...text, namespace: 'n' }), 'ERR_CACHE_BACKEND');
      while (stub.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
      timers.tick(10_000);
      expect((await failed).message).to.match(/gave no answer/);
    } finally {
      timers.restore();
    }
    await eventually(() => expect(stub.aborted).to.equal(1));
    await backend.close();
  });

  it('keeps a program going that waits for what a busy table left undone', async () => {
    let asked = 0;
    stub.script = ({ operation, input }) =>
      operation === 'BatchWriteItem' && ++asked < 3 ? { UnprocessedItems: input['RequestItems'] } : 'pass';
    const program = fileURLToPath(new URL('./dynamodb-waiting-child.js', import.meta.url));
    const config = { ...server.table('waiting'), endpoint: stub.endpoint };
    const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(config)]);
    expect(stdout).to.equal('stored\n');
  });
});
