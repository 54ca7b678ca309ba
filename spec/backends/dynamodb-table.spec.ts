import { expect } from 'chai';
import { createCache } from 'cachewright';
import { failureOf } from '../support/backend-calls.js';
import { useDynamoDb } from '../support/dynamodb-server.js';
import { DynamoDbStub } from '../support/dynamodb-stub.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

describe('tables of dynamodb', () => {
  const server = useDynamoDb();
  forbidUnhandledRejections();
  let stub: DynamoDbStub;
  beforeEach(async () => void (stub = await DynamoDbStub.start(server.endpoint)));
  afterEach(() => stub.stop());

  it('that cannot be created are an error, and tried again with the next command', async () => {
    stub.script = ({ operation }) => (operation === 'CreateTable' ? { error: 'LimitExceededException' } : 'pass');
    const cache = createCache({ ...server.table('limited'), endpoint: stub.endpoint, namespace: 'n' });
    const error = await failureOf(() => cache.set('k', 1), 'ERR_CACHE_BACKEND');
    expect(error.message).to.include('LimitExceededException');
    stub.script = () => 'pass';
    await cache.set('k', 1);
    expect(await cache.get('k')).to.equal(1);
    await cache.close();
  });

  it('that somebody else is creating are waited for', async () => {
    const other = createCache({ ...server.table('theirs'), namespace: 'n' });
    stub.script = async ({ operation }) => {
      if (operation === 'CreateTable') await other.set('k', 1);
      return 'pass';
    };
    const cache = createCache({ ...server.table('theirs'), endpoint: stub.endpoint, namespace: 'n' });
    expect(await cache.get('k')).to.equal(1);
    await Promise.all([cache.close(), other.close()]);
  });

  it('named by an ARN may be called by their name in an answer', async () => {
    const arn = 'arn:aws:dynamodb:eu-west-1:123456789012:table/carts';
    const item = { key: { S: 'a' }, value: { B: Buffer.from('1').toString('base64') } };
    stub.script = ({ input }) => {
      expect(Object.keys(input['RequestItems'] as object)).to.deep.equal([arn]);
      return { Responses: { carts: [item] } };
    };
    const { createTable: _createTable, ...config } = server.table(arn);
    const cache = createCache({ ...config, endpoint: stub.endpoint, namespace: '' });
    expect(await cache.multiGet(['a', 'b'])).to.deep.equal([1, undefined]);
    await cache.close();
  });

  it('need a region, and say so', async () => {
    const { region: _region, ...config } = server.table('nowhere');
    const cache = createCache({ ...config, region: 'no region' });
    const error = await failureOf(() => cache.get('k'), 'ERR_CACHE_BACKEND_UNAVAILABLE');
    expect(error.message).to.match(/there is no valid region; set region, or AWS_REGION/);
    await cache.close();
  });

  it('keep what others hold when a namespace is cleared whose generation lies in another attribute', async () => {
    const config = server.table('attributes');
    const bare = createCache({ ...config, namespace: '' });
    await bare.set('other', 1);
    const before = createCache({ ...config, namespace: 'n' });
    await before.set('k', 1);
    const cache = createCache({ ...config, endpoint: stub.endpoint, namespace: 'n', valueAttribute: 'data' });
    await cache.set('k', 2);
    expect(await cache.get('k')).to.equal(2);
    await cache.clear();
    await eventually(() => expect(stub.count('BatchWriteItem')).to.equal(1));
    expect(await bare.get('other')).to.equal(1);
    expect(await cache.get('k')).to.equal(undefined);
    await Promise.all([bare, before, cache].map((each) => each.close()));
  });
});
