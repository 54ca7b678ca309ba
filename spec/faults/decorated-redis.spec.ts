import { expect } from 'chai';
import {
  Cached,
  cachedMethod,
  CacheEvict,
  CachePut,
  createRegistry,
  MultiCached,
  type CacheRegistry,
} from 'cachewright';
import { attachRegistry } from '#lib/decorators/slot.js';
import { failureOf } from '../support/backend-calls.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections, printedDuring } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

const BUDGET_MS = 100;
const METHOD_MS = 20;
/** Whoever waits for more than a budget waits for the timeout, 5 s. The promised 25 ms are for the chaos test: it knows standstills. */
const LATEST_MS = 1_000;

class Users {
  calls = 0;

  @Cached({ budget: BUDGET_MS })
  async find(id: string): Promise<string> {
    this.calls++;
    await new Promise((resolve) => setTimeout(resolve, METHOD_MS));
    return `user ${id}`;
  }

  @MultiCached({ budget: BUDGET_MS })
  async findMany(ids: readonly string[]): Promise<Map<string, string>> {
    this.calls++;
    return new Map(ids.map((id) => [id, `user ${id}`]));
  }

  @Cached({ budget: BUDGET_MS })
  async fail(id: string): Promise<string> {
    throw Object.freeze(new Error(`no ${id}`));
  }

  @CachePut({ of: 'find', budget: BUDGET_MS })
  async save(id: string): Promise<string> {
    return `saved ${id}`;
  }

  @CacheEvict({ of: 'find', budget: BUDGET_MS })
  async remove(_id: string): Promise<string> {
    return 'removed';
  }

  @Cached()
  async circular(): Promise<object> {
    this.calls++;
    const value: Record<string, unknown> = {};
    value['self'] = value;
    return value;
  }
}

describe('decorated methods over a Redis that fails', () => {
  const server = useRedis();
  forbidUnhandledRejections();
  let registry: CacheRegistry;
  let users: Users;
  let next = 0;

  beforeEach(async () => {
    registry = createRegistry({ default: { backend: 'redis', url: server.url } });
    users = new Users();
    attachRegistry(users, registry);
    await registry.get().clear();
    await users.find('warm');
  });
  afterEach(async () => registry.close());

  /** A call of each kind with arguments never used before: what it answers, and how long it took. */
  async function callAll(): Promise<number> {
    const id = String(next++);
    const timed = async (call: Promise<unknown>, expected: unknown): Promise<number> => {
      const startedAt = performance.now();
      const answer = await call.catch((error: Error) => error.message);
      expect(answer).to.deep.equal(expected);
      return performance.now() - startedAt;
    };
    const times = await Promise.all([
      timed(users.find(id), `user ${id}`),
      timed(users.findMany([id, 'b']), new Map([id, 'b'].map((one) => [one, `user ${one}`]))),
      timed(users.fail(id), `no ${id}`),
      timed(users.save(id), `saved ${id}`),
      timed(users.remove(id), 'removed'),
    ]);
    return Math.max(...times);
  }

  const hits = async (): Promise<boolean> => {
    const id = `heal ${next++}`;
    await users.find(id);
    const before = users.calls;
    await users.find(id);
    return users.calls === before;
  };
  const healed = (): Promise<void> =>
    eventually(async () => {
      if (!(await hits())) throw new Error('still not cached');
    }, 8_000);

  const outages = {
    frozen: { begin: () => server.freeze(), end: () => server.thaw() },
    killed: { begin: () => server.kill(), end: () => server.start() },
  };
  for (const [name, { begin, end }] of Object.entries(outages)) {
    it(`answers all calls within the budget while it is ${name} under load, and heals by itself`, async () => {
      expect(await hits()).to.equal(true);
      const load = Array.from({ length: 50 }, callAll);
      await begin();
      const slowest = Math.max(...(await Promise.all([...load, ...Array.from({ length: 50 }, callAll)])));
      expect(slowest).to.be.below(LATEST_MS);
      for (let round = 0; round < 5; round++) {
        expect(await callAll()).to.be.below(LATEST_MS);
      }
      await end();
      await healed();
    });
  }

  it('runs each load exactly once meanwhile, and shares it', async () => {
    await server.freeze();
    users.calls = 0;
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => users.find('cold')));
    expect(new Set(answers)).to.deep.equal(new Set(['user cold']));
    expect(users.calls).to.equal(1);
    await server.thaw();
  });

  it('evicts in the end what could not be evicted at once', async () => {
    await users.find('evicted');
    await server.freeze();
    expect(await users.remove('evicted')).to.equal('removed');
    await server.kill();
    await server.start();
    const redis = server.client();
    // What a server with a disk would have brought back.
    await redis.set(`default:${cachedMethod(users, 'find').key('evicted')}`, '"old"');
    await eventually(async () => {
      if (registry.get().pendingInvalidations > 0) throw new Error('still pending');
    }, 8_000);
    users.calls = 0;
    expect(await users.find('evicted')).to.equal('user evicted');
    expect(users.calls).to.equal(1);
  });

  it('goes on when the memory is full, and keeps reading', async () => {
    const redis = server.client();
    await redis.config('SET', 'maxmemory', '1');
    try {
      expect(await failureOf(() => registry.get().set('k', 1), 'ERR_CACHE_BACKEND')).to.be.an('error');
      await callAll();
      const before = users.calls;
      expect(await users.find('warm')).to.equal('user warm');
      expect(users.calls).to.equal(before);
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
  });

  it('goes on when it is not allowed to write', async () => {
    await server
      .client()
      .call('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '+get', '+mget', '+ping', '+select', '+hello', '+client');
    const { port } = server;
    const limited = createRegistry({
      default: { backend: 'redis', host: '127.0.0.1', port, username: 'reader', password: 'pw' },
    });
    const reader = new Users();
    attachRegistry(reader, limited);
    expect(await reader.find('x')).to.equal('user x');
    expect(await reader.find('warm')).to.equal('user warm');
    expect(reader.calls).to.equal(1);
    await limited.close();
  });

  it('answers a value that no serializer can carry', async () => {
    const value = await users.circular();
    expect(value).to.have.property('self', value);
    await users.circular();
    expect(users.calls).to.equal(3);
  });

  it('says nothing on a hit, and keeps answering when its registry is closed', async () => {
    expect(await printedDuring(async () => void (await users.find('warm')))).to.equal('');
    await registry.close();
    expect(await users.find('warm')).to.equal('user warm');
  });
});
