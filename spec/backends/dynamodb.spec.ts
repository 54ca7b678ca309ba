import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { expect } from 'chai';
import { type Cache, createCache, createRegistry } from 'cachewright';
import { dynamoDbBackend } from '#lib/backends/dynamodb/dynamodb.js';
import type { Backend } from '#lib/contracts/backend.js';
import { context, failureOf, text } from '../support/backend-calls.js';
import { optionsOf, useDynamoDb } from '../support/dynamodb-server.js';
import { DynamoDbStub, type StubRequest } from '../support/dynamodb-stub.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

const shop = { ...text, namespace: 'shop:' };

interface Batch {
  readonly RequestItems: Record<string, { Keys?: unknown[] } & unknown[]>;
}

describe('dynamodb backend', () => {
  const server = useDynamoDb();
  forbidUnhandledRejections();
  let stub: DynamoDbStub;
  let backend: Backend;

  beforeEach(async () => {
    stub = await DynamoDbStub.start(server.endpoint);
    backend = dynamoDbBackend({ ...optionsOf(server.table('cache')), endpoint: stub.endpoint }, context);
    await backend.connect!();
    await backend.clear('', text);
    stub.requests.length = 0;
  });
  afterEach(async () => {
    await backend.close();
    await stub.stop();
  });

  it('says what it can do and which table it is on', () => {
    expect(backend.identity).to.equal(`dynamodb:${new URL(stub.endpoint).host}/cache`);
    expect(backend.capabilities).to.deep.equal({
      wire: 'bytes',
      ttlResolutionMs: 1,
      shared: true,
      maxValueBytes: 396 * 1024,
      clears: 'namespace',
    });
  });

  it('sends a batch of any size a few pages at a time, and no more of them after a failure', async () => {
    const cache = createCache({ ...server.table('cache'), endpoint: stub.endpoint, namespace: 'n', timeout: '1m' });
    const warnings: string[] = [];
    const warned = ({ name }: Error): unknown => warnings.push(name);
    process.on('warning', warned);
    const entries = Array.from({ length: 26_000 }, (_, index) => [`k${index}`, index] as const);
    stub.script = ({ operation }) => (operation === 'BatchWriteItem' ? { UnprocessedItems: {} } : 'pass');
    await cache.multiSet(entries);
    expect(stub.count('BatchWriteItem')).to.equal(1_040);
    stub.requests.length = 0;
    stub.script = ({ operation }) => (operation === 'BatchWriteItem' ? { error: 'InternalServerError' } : 'pass');
    await failureOf(() => cache.multiSet(entries), 'ERR_CACHE_BACKEND');
    await cache.close();
    expect(stub.count('BatchWriteItem')).to.be.at.most(20);
    process.off('warning', warned);
    expect(warnings.filter((name) => name === 'MaxListenersExceededWarning')).to.deep.equal([]);
  });

  it('refuses raw operations without an input', async () => {
    for (const input of [5, null, 'x']) {
      await failureOf(() => backend.raw('GetItem', [input], text), 'ERR_CACHE_CONFIG');
    }
    await failureOf(() => backend.raw('getItem', [{}], text), 'ERR_CACHE_UNSUPPORTED_COMMAND');
  });

  it('stores one binary value, when it ends, and a version', async () => {
    await backend.set('k', 'größe', 60_000, text);
    const { Item } = (await backend.raw('GetItem', [{ Key: { key: { S: 'k' } } }], text)) as {
      Item: Record<string, { B?: Uint8Array; N?: string; S?: string }>;
    };
    expect(Object.keys(Item)).to.have.members(['key', 'value', 'expiresAt', 'ttl', 'version']);
    expect(Buffer.from(Item['value']!.B!).toString()).to.equal('größe');
    expect(Number(Item['expiresAt']!.N)).to.be.within(Date.now() + 55_000, Date.now() + 60_000);
    expect(Number(Item['ttl']!.N)).to.equal(Math.ceil(Number(Item['expiresAt']!.N) / 1_000));
    await failureOf(() => backend.raw('NoSuchThing', [], text), 'ERR_CACHE_UNSUPPORTED_COMMAND');
  });

  it('keeps an expire that comes between the reading and the writing of others', async () => {
    for (const ttlMs of [5_000, undefined]) {
      await backend.set('n', '1', 60_000, text);
      let expired = false;
      stub.script = async ({ operation }) => {
        if (operation !== 'PutItem' || expired) return 'pass';
        expired = true;
        await backend.expire('n', ttlMs, text);
        return 'pass';
      };
      expect(await backend.increment('n', 1, undefined, text)).to.equal(2);
      expect(expired).to.equal(true);
      const left = await backend.ttl('n', text);
      if (ttlMs === undefined) expect(left).to.equal(null);
      else expect(left).to.be.within(1, 5_000);
    }
  });

  it('notices an expire between reading and compare-and-set', async () => {
    await backend.set('k', 'v', 60_000, text);
    const { version } = await backend.versions!.read('k', text);
    await backend.expire('k', 5_000, text);
    expect(await backend.versions!.compareAndSet('k', version, 'x', undefined, text)).to.equal(undefined);
  });

  it('does not serve what DynamoDB has not deleted yet, and writes over it', async () => {
    const gone = { N: `${Date.now() - 1}` };
    const Item = { key: { S: 'k' }, value: { B: Buffer.from('old') }, expiresAt: gone, version: { S: 'v' } };
    const leave = (): unknown => backend.raw('PutItem', [{ Item }], text);
    await leave();
    expect(await backend.get('k', text)).to.equal(undefined);
    expect(await backend.multiGet(['k', 'k'], text)).to.deep.equal([undefined, undefined]);
    expect(await backend.expire('k', 1_000, text)).to.equal(false);
    expect(await backend.delete(['k'], text)).to.equal(0);
    await leave();
    expect(await backend.add('k', 'new', undefined, text)).to.equal(true);
    await leave();
    expect(await backend.increment('k', 3, undefined, text)).to.equal(3);
  });

  it('hashes keys that are too long, and tells them apart', async () => {
    const keys = ['x'.repeat(2_048), 'x'.repeat(2_049), 'ü'.repeat(2_000), `%${'y'.repeat(10)}`];
    for (const call of [text, shop]) {
      for (const key of keys) await backend.set(key, `of ${key}`, undefined, call);
      for (const key of keys) expect(await backend.get(key, call)).to.equal(`of ${key}`);
    }
  });

  it('takes values up to its limit, and refuses more before they travel', async () => {
    const cache = createCache({ ...server.table('cache'), namespace: 'n', serializer: 'string' });
    await cache.set('k', 'x'.repeat(396 * 1024));
    expect(await cache.get<string>('k')).to.have.length(396 * 1024);
    await failureOf(() => cache.set('k', 'x'.repeat(396 * 1024 + 1)), 'ERR_CACHE_SERIALIZATION');
    await cache.close();
  });

  describe('requests', () => {
    it('of one turn travel together, the generation among them', async () => {
      await backend.set('a', '1', undefined, shop);
      stub.requests.length = 0;
      expect(await Promise.all(['a', 'b', 'a'].map((key) => backend.get(key, shop)))).to.deep.equal([
        '1',
        undefined,
        '1',
      ]);
      expect(stub.requests.map(({ operation }) => operation)).to.deep.equal(['BatchGetItem']);
      expect((stub.requests[0]!.input as unknown as Batch).RequestItems['cache']!.Keys).to.have.length(3);
      expect(await backend.get('bare', text)).to.equal(undefined);
      expect(stub.requests.at(-1)!.operation).to.equal('GetItem');
    });

    it('of batches hold 100 reads and 25 writes at most', async () => {
      const keys = Array.from({ length: 230 }, (_, index) => `k${index}`);
      await backend.multiSet(
        keys.map((key) => [key, key] as const),
        undefined,
        text,
      );
      expect(await backend.multiGet([...keys, ...keys], text)).to.deep.equal([...keys, ...keys]);
      expect([stub.count('BatchWriteItem'), stub.count('BatchGetItem')]).to.deep.equal([10, 3]);
      expect(await backend.delete(keys, text)).to.equal(230);
    });

    it('are asked for again as far as they were left undone', async () => {
      const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
      let rounds = 0;
      stub.script = ({ operation, input }: StubRequest) => {
        if (!operation.startsWith('Batch') || ++rounds > 2) return 'pass';
        const { RequestItems } = input as unknown as Batch;
        return operation === 'BatchGetItem'
          ? { Responses: {}, UnprocessedKeys: RequestItems }
          : { UnprocessedItems: RequestItems };
      };
      await backend.multiSet(
        keys.map((key) => [key, key] as const),
        undefined,
        text,
      );
      expect(rounds).to.equal(3);
      rounds = 0;
      expect(await backend.multiGet(keys, text)).to.deep.equal(keys);
      expect(rounds).to.equal(3);
    });

    it('that are left undone for ever end with an error', async () => {
      stub.script = ({ input }) => ({ UnprocessedItems: (input as unknown as Batch).RequestItems });
      await failureOf(() => backend.multiSet([['k', 'v']], undefined, text), 'ERR_CACHE_BACKEND');
    }).timeout(20_000);

    it('that nobody waits for any more are aborted', async () => {
      const cache = createCache({ ...server.table('cache'), endpoint: stub.endpoint, namespace: 'n', timeout: '40ms' });
      await cache.get('warm', { timeout: '5s' });
      stub.script = () => 'hang';
      // On a busy machine the time may be over before a request has left.
      await eventually(async () => {
        await Promise.all(['a', 'b'].map((key) => failureOf(() => cache.get(key), 'ERR_CACHE_COMMAND_TIMEOUT')));
        expect(stub.aborted).to.be.greaterThan(0);
      });
      await cache.close();
    });
  });

  describe('errors', () => {
    const cases: readonly (readonly [
      name: string,
      code: 'ERR_CACHE_BACKEND' | 'ERR_CACHE_BACKEND_UNAVAILABLE',
      RegExp,
    ])[] = [
      ['ProvisionedThroughputExceededException', 'ERR_CACHE_BACKEND_UNAVAILABLE', /it throttles/],
      ['ThrottlingException', 'ERR_CACHE_BACKEND_UNAVAILABLE', /it throttles/],
      ['ExpiredTokenException', 'ERR_CACHE_BACKEND_UNAVAILABLE', /credentials have expired/],
      ['UnrecognizedClientException', 'ERR_CACHE_BACKEND_UNAVAILABLE', /refused the credentials/],
      ['ResourceNotFoundException', 'ERR_CACHE_BACKEND_UNAVAILABLE', /no such table/],
      ['ValidationException', 'ERR_CACHE_BACKEND', /ValidationException/],
    ];
    for (const [name, code, message] of cases) {
      it(`${name} is ${code}, said once, without what was sent`, async () => {
        stub.script = () => ({ error: name });
        const error = await failureOf(() => backend.set('k', 'SECRET', undefined, text), code);
        expect(error.message).to.match(message);
        expect(inspect(error, { depth: Infinity })).to.not.include('SECRET');
        expect(stub.requests).to.have.length(1);
      });
    }

    it('throttling opens the breaker, and callers do not notice', async () => {
      stub.script = () => (Math.random() < 0.7 ? { error: 'ThrottlingException' } : 'pass');
      const cache: Cache = createCache({
        ...server.table('cache'),
        endpoint: stub.endpoint,
        namespace: 'n',
        budget: '100ms',
      });
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) => cache.getOrSet(`k${index % 10}`, () => index % 10)),
      );
      expect(answers).to.deep.equal(Array.from({ length: 100 }, (_, index) => index % 10));
      await cache.close();
    });

    it('a table that is not there is named, with the remedy', async () => {
      const { createTable: _createTable, ...config } = server.table('missing');
      const cache = createCache(config);
      const error = await failureOf(() => cache.get('k'), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      expect(error.message).to.match(
        /table missing is not available: there is no such table; create it, or set createTable/,
      );
      await cache.close();
    });
  });

  it('clears a namespace in one write, and sweeps what it left behind', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
    await backend.multiSet(
      keys.map((key) => [key, 'old'] as const),
      undefined,
      shop,
    );
    await backend.set('other', 'kept', undefined, { ...text, namespace: 'other:' });
    stub.requests.length = 0;
    await backend.clear('shop:', shop);
    expect(stub.requests[0]!.operation).to.equal('PutItem');
    expect(await backend.get('k1', shop)).to.equal(undefined);
    const { Count } = await countUntil(3);
    expect(Count).to.equal(3); // two generations, and what the other namespace holds
    expect(await backend.get('other', { ...text, namespace: 'other:' })).to.equal('kept');
  });

  async function countUntil(count: number): Promise<{ Count: number }> {
    for (let attempt = 0; ; attempt++) {
      const page = (await backend.raw('Scan', [{}], text)) as { Count: number };
      if (page.Count === count || attempt > 50) return page;
      await sleep(20);
    }
  }

  it('takes a client of the user, and leaves it open', async () => {
    const { region, endpoint, credentials } = optionsOf(server.table('cache'));
    const { accessKeyId, secretAccessKey } = credentials!;
    const client = new DynamoDBClient({
      region: region!,
      endpoint: endpoint!,
      credentials: { accessKeyId, secretAccessKey },
    });
    const cache = createCache({ backend: 'dynamodb', table: 'cache', client, namespace: 'given' });
    await cache.set('k', [1]);
    expect(await cache.get('k')).to.deep.equal([1]);
    await cache.close();
    const second = createCache({ backend: 'dynamodb', table: 'cache', client, namespace: 'given' });
    expect(await second.get('k')).to.deep.equal([1]);
    await second.close();
    client.destroy();
  });

  it('creates its table once, whoever comes first, with other names if told so', async () => {
    const config = { ...server.table('fresh'), keyAttribute: 'pk', valueAttribute: 'data', ttlAttribute: 'sweep' };
    const caches = [1, 2, 3].map(() => createCache({ ...config, namespace: 'n' }));
    await Promise.all(caches.map((cache, index) => cache.set(`k${index}`, index, { ttl: '1m' })));
    expect(await caches[0]!.multiGet(['k0', 'k1', 'k2'])).to.deep.equal([0, 1, 2]);
    expect(await caches[1]!.expire('k0', 0)).to.equal(true);
    expect(await caches[2]!.ttl('k0')).to.equal(null);
    for (const cache of caches) await cache.close();
  });

  describe('configuration', () => {
    const wrong: Readonly<Record<string, [options: object, message: RegExp]>> = {
      'no table': [{}, /table is missing/],
      'a table that is no text': [{ table: 5 }, /table is no text/],
      'a table with a name too short': [{ table: 'ca' }, /table is no name of a table; use 3 to 255 characters .* ARN/],
      'a table with a name too long': [{ table: 'c'.repeat(256) }, /table is no name of a table/],
      'a table with an odd character': [{ table: 'CANARY/1' }, /table is no name of a table/],
      'an ARN of something else': [{ table: 'arn:aws:s3:::CANARY' }, /table is no name of a table/],
      'an endpoint that is no URL': [{ table: 'carts', endpoint: 'CANARY' }, /endpoint is no URL/],
      'half of the credentials': [
        { table: 'carts', credentials: { accessKeyId: 'CANARY' } },
        /credentials are incomplete/,
      ],
      'a boolean that is none': [{ table: 'carts', createTable: 'yes' }, /createTable is no boolean/],
      'one attribute twice': [{ table: 'carts', keyAttribute: 'value' }, /have to differ/],
      'an attribute of ours': [{ table: 'carts', ttlAttribute: 'version' }, /have to differ/],
      'a client that is none': [{ table: 'carts', client: {} }, /client is no DynamoDBClient/],
      'a client and a region': [
        { table: 'carts', client: new DynamoDBClient({}), region: 'x' },
        /client and region exclude/,
      ],
      'a misspelt option': [{ tabel: 't' }, /did you mean "table"/],
    };
    for (const [what, [options, message]] of Object.entries(wrong)) {
      it(`refuses ${what}`, async () => {
        const error = await failureOf(
          () => createCache({ backend: 'dynamodb', ...options } as never),
          'ERR_CACHE_CONFIG',
        );
        expect(error.message).to.match(message);
        expect(inspect(error, { depth: Infinity })).to.not.include('CANARY');
      });
    }

    it('tells tables of one name apart by where they are', () => {
      const made = (options: object): unknown => dynamoDbBackend({ table: 'carts', ...options }, context).identity;
      const elsewhere = [{ region: 'eu-west-1' }, { region: 'us-east-1' }, { endpoint: 'http://127.0.0.1:8000' }];
      expect(new Set(elsewhere.map(made)).size).to.equal(elsewhere.length);
      expect(made({ region: 'eu-west-1' })).to.equal(made({ region: 'eu-west-1' }));
      expect(made({ endpoint: 'http://user:CANARY@127.0.0.1:8000' })).to.not.include('CANARY');
      expect(made({ client: new DynamoDBClient({}) })).to.equal('dynamodb:carts');
    });

    for (const [what, table] of Object.entries({
      'the shortest name': 'c-1',
      'the longest name': `C_.${'c'.repeat(252)}`,
      'an ARN': 'arn:aws:dynamodb:eu-west-1:123456789012:table/carts',
      'an ARN of another partition': 'arn:aws-us-gov:dynamodb:us-gov-west-1:123456789012:table/carts',
    })) {
      it(`takes ${what}`, () => void createCache({ backend: 'dynamodb', table }));
    }

    it('shows no credentials', () => {
      const registry = createRegistry({ default: server.table('carts') });
      expect(inspect(registry.config(), { depth: Infinity })).to.not.include('CANARY');
      expect(inspect(registry.get(), { depth: Infinity, showHidden: true })).to.not.include('CANARY');
    });
  });
});
