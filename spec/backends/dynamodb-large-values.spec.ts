import { S3Client } from '@aws-sdk/client-s3';
import { expect } from 'chai';
import { createCache, optimistic, type Cache } from 'cachewright';
import { failureOf } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { useDynamoDb } from '../support/dynamodb-server.js';
import { eventually } from '../support/eventually.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { S3Server } from '../support/s3-server.js';

const LARGE = 'x'.repeat(600_000);
const CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

describe('large values of dynamodb', () => {
  const dynamodb = useDynamoDb();
  const s3 = new S3Server();
  before(() => s3.start());
  after(() => s3.dispose());
  forbidUnhandledRejections();
  let cache: Cache;

  beforeEach(() => {
    const largeValues = { bucket: s3.bucket, endpoint: s3.endpoint, from: 1_000 };
    cache = createCache({ ...dynamodb.table('large'), credentials: CREDENTIALS, namespace: 'n', largeValues });
  });
  afterEach(() => cache.close());

  /** Objects go in the background. */
  const objects = (count: number): Promise<unknown> => eventually(() => expect(s3.objects()).to.have.length(count));

  it('lie in objects of their own, which go when they are written over or deleted', async () => {
    await cache.set('k', LARGE);
    await cache.set('small', 'x');
    await objects(1);
    expect(await cache.get('k')).to.equal(LARGE);
    expect(await cache.multiGet(['small', 'k'])).to.deep.equal(['x', LARGE]);
    await cache.set('k', `${LARGE}!`);
    await objects(1);
    expect(await cache.get('k')).to.equal(`${LARGE}!`);
    await cache.set('k', 'small now');
    await objects(0);
    await cache.multiSet({ a: LARGE, b: LARGE, c: 'x' });
    await objects(2);
    expect(await cache.delete('a')).to.equal(true);
    await objects(1);
    expect(await cache.multiDelete(['b', 'c', 'k', 'small'])).to.equal(4);
    await objects(0);
  });

  it('are written in batches of any size', async () => {
    const keys = Array.from({ length: 1_200 }, (_, index) => `k${index}`);
    await cache.multiSet(
      keys.map((key) => [key, key] as const),
      { timeout: '1m' },
    );
    expect(await cache.multiGet(keys)).to.deep.equal(keys);
    await cache.clear();
  }).timeout(30_000);

  it('leave nothing behind when they are refused', async () => {
    expect(await cache.add('k', LARGE)).to.equal(true);
    expect(await cache.add('k', LARGE)).to.equal(false);
    await objects(1);
    const entry = await optimistic<string>(cache, 'k');
    expect(entry.value).to.equal(LARGE);
    await entry.compareAndSet(`${LARGE}2`);
    await objects(1);
    await cache.set('k', 'other');
    await failureOf(() => entry.compareAndSet(LARGE), 'ERR_CACHE_CONFLICT');
    await objects(0);
    await cache.set('k', LARGE);
    await failureOf(() => cache.increment('k'), 'ERR_CACHE_NOT_A_NUMBER');
    await cache.clear();
    expect(await cache.get('k')).to.equal(undefined);
    await objects(0);
  });

  it('leave nothing behind when their write is given up', async () => {
    const proxy = await FaultProxy.start(() => Number(new URL(s3.endpoint).port));
    const largeValues = { bucket: s3.bucket, endpoint: `http://127.0.0.1:${proxy.port}`, from: 1_000 };
    const slow = createCache({ ...dynamodb.table('large'), credentials: CREDENTIALS, namespace: 'n', largeValues });
    await slow.set('k', 'small');
    proxy.fault = { kind: 'hang' };
    const caller = new AbortController();
    const given = caught(slow.set('k', LARGE, { signal: caller.signal }));
    await objects(1);
    caller.abort(new Error('enough'));
    expect(await given).to.have.property('message', 'enough');
    proxy.heal();
    await objects(0);
    expect(await slow.get('k')).to.equal('small');
    await slow.close();
    await proxy.stop();
  });

  it('say which bucket is not there', async () => {
    const largeValues = { bucket: 'missing', endpoint: s3.endpoint, from: 1_000 };
    const other = createCache({ ...dynamodb.table('large'), credentials: CREDENTIALS, namespace: 'n', largeValues });
    const error = await failureOf(() => other.set('k', LARGE), 'ERR_CACHE_BACKEND_UNAVAILABLE');
    expect(error.message).to.equal(
      'the bucket missing of largeValues is not available: there is no such bucket; create it',
    );
    await other.close();
  });

  it('whose object is gone are misses', async () => {
    await cache.set('k', LARGE);
    const { Item } = await cache.raw<{ Item?: unknown }>('GetItem', { Key: { key: { S: 'none' } } });
    expect(Item).to.equal(undefined);
    const other = new S3Server();
    await other.start();
    const config = { ...dynamodb.table('large'), credentials: CREDENTIALS, namespace: 'n' };
    const elsewhere = createCache({
      ...config,
      largeValues: { bucket: other.bucket, endpoint: other.endpoint, from: 1_000 },
    });
    expect(await elsewhere.get('k')).to.equal(undefined);
    expect(await elsewhere.getOrSet('k', () => 'anew')).to.equal('anew');
    await elsewhere.close();
    await other.dispose();
  });

  it('are an error of the cache while S3 is gone, and loads do not notice', async () => {
    await cache.set('k', LARGE);
    await s3.kill();
    const error = await failureOf(() => cache.get('k', { timeout: '3s' }), 'ERR_CACHE_BACKEND_UNAVAILABLE');
    expect(error.message).to.match(/the bucket values of largeValues is not available: it cannot be reached/);
    expect(await cache.getOrSet('k', () => 'loaded')).to.equal('loaded');
    await s3.start();
  });

  it('go through a client of the user, which is left open', async () => {
    const client = new S3Client({
      region: 'eu-west-1',
      endpoint: s3.endpoint,
      forcePathStyle: true,
      credentials: CREDENTIALS,
    });
    const config = { ...dynamodb.table('large'), namespace: 'given' };
    const given = createCache({ ...config, largeValues: { bucket: s3.bucket, client, from: 1_000 } });
    await given.set('k', LARGE);
    expect(await given.get('k')).to.equal(LARGE);
    await given.delete('k');
    await given.close();
    const second = createCache({ ...config, largeValues: { bucket: s3.bucket, client, from: 1_000 } });
    await second.set('k', LARGE);
    await second.delete('k');
    await second.close();
    client.destroy();
  });

  const wrong: Readonly<Record<string, [largeValues: unknown, message: RegExp]>> = {
    'no object': ['bucket', /largeValues is no object/],
    'no bucket': [{}, /largeValues\.bucket is missing/],
    'a misspelt option': [{ bucket: 'b', form: 5 }, /largeValues\.form is no option/],
    'too much for an item': [{ bucket: 'b', from: 500_000 }, /largeValues\.from is out of range/],
    'a client that is none': [{ bucket: 'b', client: {} }, /largeValues\.client is no S3Client/],
    'a client and an endpoint': [{ bucket: 'b', client: new S3Client({}), endpoint: 'http://x' }, /exclude each other/],
    'an endpoint that is no URL': [{ bucket: 'b', endpoint: 'CANARY' }, /largeValues\.endpoint is no URL/],
    'a prefix that is no text': [{ bucket: 'b', prefix: 5 }, /largeValues\.prefix is no text/],
  };
  for (const [what, [largeValues, message]] of Object.entries(wrong)) {
    it(`refuse ${what}`, async () => {
      const config = { backend: 'dynamodb', table: 'large', largeValues } as never;
      expect((await failureOf(() => createCache(config), 'ERR_CACHE_CONFIG')).message).to.match(message);
    });
  }
});
