import { createHash, randomUUID } from 'node:crypto';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import memjs from 'memjs';
import { createCache, type Cache, type CacheConfig } from 'cachewright';
import { eventually } from '../support/eventually.js';
import { FaultProxy, type Fault } from '../support/fault-proxy.js';
import { useMemcached } from '../support/memcached-server.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

/** Per backend. `CACHEWRIGHT_ROUNDS=2000` for the long run. */
const ROUNDS = Number(process.env['CACHEWRIGHT_ROUNDS'] ?? 48);
const TIMEOUT_MS = 60;
/** Of the machine, not of the library. */
const LATENESS_MS = 100;
const KEYS = Array.from({ length: 12 }, (_, index) => `key-${index}`);

const FAULTS: readonly ((round: number) => Fault)[] = [
  () => ({ kind: 'hang' }),
  () => ({ kind: 'drip', bytes: 1, everyMs: 3 }),
  () => ({ kind: 'fin' }),
  () => ({ kind: 'rst' }),
  () => ({ kind: 'half-open' }),
  (round) => ({ kind: 'cut-after', bytes: 1 + (round % 200) }),
  () => ({ kind: 'delay', ms: TIMEOUT_MS + 5 }),
  () => ({ kind: 'drop-reply-once' }),
];

/** A value that proves by itself which key it belongs to, and that all of it is there. */
interface Proof {
  readonly key: string;
  readonly nonce: string;
  readonly padding: string;
  readonly sum: string;
}

const sumOf = ({ key, nonce, padding }: Omit<Proof, 'sum'>): string =>
  createHash('md5').update(`${key}|${nonce}|${padding}`).digest('hex');

function proofOf(key: string): Proof {
  const nonce = randomUUID();
  const proof = { key, nonce, padding: nonce.repeat(1 + (nonce.charCodeAt(0) % 20)) };
  return { ...proof, sum: sumOf(proof) };
}

function isWrong(key: string, value: unknown): boolean {
  if (value === undefined || value === null) return false;
  const proof = value as Proof;
  return proof.key !== key || proof.sum !== sumOf(proof);
}

/** What came of a store behind a proxy that misbehaves. */
interface Findings {
  wrong: number;
  late: number;
  answered: number;
  slowestMs: number;
}

/** One store, as somebody uses it. */
interface Client {
  get(key: string): Promise<unknown>;
  set(key: string, value: Proof): Promise<unknown>;
  multiGet(keys: readonly string[]): Promise<readonly unknown[]>;
  close(): unknown;
}

/** Each round is the life of one client: it connects, meets a fault, and sees it go. */
async function misbehave(open: () => Client, proxy: FaultProxy, rounds: number): Promise<Findings> {
  const findings: Findings = { wrong: 0, late: 0, answered: 0, slowestMs: 0 };
  const watched = async <T>(work: Promise<T>, check: (answer: T) => void): Promise<void> => {
    const startedAt = performance.now();
    let over = false;
    const done = work.then(check, () => undefined).finally(() => (over = true));
    await Promise.race([done, setTimeout(TIMEOUT_MS + LATENESS_MS)]);
    findings.slowestMs = Math.max(findings.slowestMs, performance.now() - startedAt);
    // After a standstill of this process both timers are due at once, and the cache looks for replies that came meanwhile.
    for (let turn = 0; !over && turn < 3; turn++) await setImmediate();
    if (!over) findings.late += 1;
  };
  const checked = (key: string) => (value: unknown) => {
    findings.answered += 1;
    if (isWrong(key, value)) findings.wrong += 1;
  };
  for (let round = 0; round < rounds; round++) {
    const client = open();
    await Promise.all(KEYS.map((key) => watched(client.get(key), checked(key))));
    proxy.fault = FAULTS[round % FAULTS.length]!(round);
    const changed = KEYS[round % KEYS.length]!;
    await Promise.all([
      ...KEYS.slice(0, 4).map((key) => watched(client.get(key), checked(key))),
      watched(client.set(changed, proofOf(changed)), () => undefined),
      watched(client.multiGet(KEYS), (values) => values.forEach((value, index) => checked(KEYS[index]!)(value))),
    ]);
    proxy.heal();
    for (const wait of [0, 120]) {
      await setTimeout(wait);
      await Promise.all(KEYS.map((key) => watched(client.get(key), checked(key))));
    }
    client.close();
    proxy.cutAll();
  }
  return findings;
}

describe('rounds of network faults', function () {
  this.timeout(60_000 + ROUNDS * 1_000);
  const redis = useRedis();
  const memcached = useMemcached();
  forbidUnhandledRejections();

  const stores: Readonly<Record<string, { port: () => number; config: (address: string) => CacheConfig }>> = {
    redis: { port: () => redis.port, config: (address) => ({ backend: 'redis', url: `redis://${address}` }) },
    memcached: { port: () => memcached.port, config: (address) => ({ backend: 'memcached', servers: [address] }) },
  };

  for (const [name, { port, config }] of Object.entries(stores)) {
    it(`leave ${name} with no wrong value and no call that does not settle, and it heals`, async () => {
      const proxy = await FaultProxy.start(port);
      const options = { namespace: 'n', timeout: TIMEOUT_MS, breaker: false } as const;
      const open = (): Cache => createCache({ ...config(`127.0.0.1:${proxy.port}`), ...options });
      const cache = open();
      await cache.multiSet(KEYS.map((key) => [key, proofOf(key)] as const));
      const findings = await misbehave(open, proxy, ROUNDS);
      if (process.env['CACHEWRIGHT_ROUNDS'] !== undefined) console.log(name, ROUNDS, findings);
      expect(findings).to.deep.include({ wrong: 0, late: 0 });
      expect(findings.answered).to.be.greaterThan(ROUNDS * KEYS.length);
      await eventually(() => cache.set('healed', true));
      expect(await cache.get('healed')).to.equal(true);
      await cache.close();
      await proxy.stop();
    });
  }

  it('find fault with a bare memjs', async () => {
    const proxy = await FaultProxy.start(() => memcached.port);
    const settings = { timeout: TIMEOUT_MS / 1_000, retries: 1, logger: { log: () => undefined } };
    const open = (): Client => {
      const bare = memjs.Client.create(`127.0.0.1:${proxy.port}`, settings);
      const get = async (key: string): Promise<unknown> => {
        const { value } = await bare.get(key);
        return value === null ? undefined : (JSON.parse(String(value)) as unknown);
      };
      return {
        get,
        set: (key, value) => bare.set(key, JSON.stringify(value), {}),
        multiGet: (keys) => Promise.all(keys.map(get)),
        close: () => bare.close(),
      };
    };
    const filling = open();
    for (const key of KEYS) await filling.set(key, proofOf(key));
    filling.close();
    const findings = await misbehave(open, proxy, 16);
    expect(findings.late + findings.wrong).to.be.greaterThan(0);
    await proxy.stop();
  });

  it('find fault with a bare ioredis', async () => {
    const proxy = await FaultProxy.start(() => redis.port);
    const open = (): Client => {
      const bare = new Redis(proxy.port, '127.0.0.1');
      bare.on('error', () => undefined);
      const parse = (text: string | null): unknown => (text === null ? undefined : (JSON.parse(text) as unknown));
      return {
        get: async (key) => parse(await bare.get(key)),
        set: (key, value) => bare.set(key, JSON.stringify(value)),
        multiGet: async (keys) => (await bare.mget(...keys)).map(parse),
        close: () => bare.disconnect(),
      };
    };
    const findings = await misbehave(open, proxy, 8);
    expect(findings.late).to.be.greaterThan(0);
    await proxy.stop();
  });
});
