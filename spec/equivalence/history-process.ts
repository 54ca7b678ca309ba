/** A process of its own for the specs of histories: runs operations on a few keys and reports what it saw. */
import { randomUUID } from 'node:crypto';
import { createCache, isCacheError, optimistic, type CacheConfig } from 'cachewright';
import { internalsOf } from '#lib/cache/internals.js';
import { Call } from '#lib/command/call.js';
import type { Operation } from './history.js';

export interface HistoryReport {
  readonly step: 'ready' | 'done';
  readonly operations?: readonly Operation[];
}

const [config, count] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown) as [CacheConfig, number];
const cache = createCache(config);
const { stack } = internalsOf(cache);
const operations: Operation[] = [];
const now = (): number => Number(process.hrtime.bigint() / 1_000n);

async function record<T>(what: Omit<Operation, 'answer' | 'start' | 'end'>, work: () => Promise<T>): Promise<T> {
  const start = now();
  const answer = await work();
  operations.push({ ...what, answer: answer ?? null, start, end: now() });
  return answer;
}

const OPERATIONS: readonly ((round: number) => Promise<unknown>)[] = [
  async (round) => {
    const key = `add-${round % 3}`;
    const argument = randomUUID();
    await record({ key, kind: 'add', argument }, () => cache.add(key, argument));
  },
  async (round) => {
    const key = `add-${round % 3}`;
    await record({ key, kind: 'delete' }, () => cache.delete(key));
  },
  async (round) => {
    const key = `add-${round % 3}`;
    await record({ key, kind: 'read' }, () => cache.get(key));
  },
  async (round) => {
    const key = `counter-${round % 2}`;
    const argument = 1 + (round % 5);
    await record({ key, kind: 'increment', argument }, () => cache.increment(key, argument));
  },
  async (round) => {
    const key = `cas-${round % 2}`;
    const argument = randomUUID();
    const entry = await optimistic(cache, key);
    await record({ key, kind: 'compareAndSet', argument, expected: entry.value }, async () => {
      try {
        await entry.compareAndSet(argument);
        return true;
      } catch (error) {
        if (isCacheError(error, 'ERR_CACHE_CONFLICT')) return false;
        throw error;
      }
    });
  },
  async () => {
    const key = 'lock';
    const owner = randomUUID();
    const lock = stack.keys.lock(key, undefined);
    const call = new Call(stack.codec, stack.keys, undefined);
    const locks = stack.backend.locks!;
    const held = await record({ key, kind: 'acquire', argument: owner }, async () => {
      return 'token' in (await locks.acquire(lock, owner, 60_000, call));
    });
    const releases = held ? owner : 'somebody else';
    await record({ key, kind: 'release', argument: releases }, async () => locks.release(lock, releases, call));
  },
];

await cache.connect();
process.send!({ step: 'ready' } satisfies HistoryReport);
await new Promise((resolve) => process.once('message', resolve));
for (let round = 0; round < count; round++) {
  await OPERATIONS[Math.floor(Math.random() * OPERATIONS.length)]!(round);
}
process.send!({ step: 'done', operations } satisfies HistoryReport);
await cache.close();
process.disconnect();
