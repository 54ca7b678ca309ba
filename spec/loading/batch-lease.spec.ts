import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { createCache, MultiCached, type Cache, type CacheConfig } from 'cachewright';
import { asynchronous, faulty } from 'cachewright/testing';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { context } from '../support/backend-calls.js';
import { caught } from '../support/caught.js';
import { type Deferred, deferred } from '../support/deferred.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';
import { useRedis } from '../support/redis-server.js';

/** A process that loads when the spec says so. */
class Process {
  readonly runs: number[][] = [];
  readonly gates: Deferred<void>[] = [];
  /** Whether loads wait for their gate. */
  gated = true;
  /** Ids that there are no values of. */
  missing = new Set<number>();

  constructor(
    readonly cache: Cache,
    readonly name: string,
  ) {}

  @MultiCached({ key: (id: number) => `${id}`, ttl: '1h', lease: '5s', cache: (self: Process) => self.cache })
  async many(ids: readonly number[]): Promise<Map<number, string>> {
    const gate = deferred();
    this.runs.push([...ids]);
    this.gates.push(gate);
    if (this.gated) await gate.promise;
    return new Map(ids.filter((id) => !this.missing.has(id)).map((id) => [id, `${id} of ${this.name}`]));
  }
}

const listed = (found: ReadonlyMap<number, string>): string[] => [...found.values()];

describe('a lease for every id of a batch', () => {
  forbidUnhandledRejections();
  const server = useRedis();

  const WORLDS: Readonly<Record<string, () => readonly CacheConfig[]>> = {
    'a store without notifications'() {
      const memory = memoryBackend({}, context);
      const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
      return [0, 1].map(() => {
        const backend = faulty({
          ...asynchronous(memory),
          capabilities,
          identity: {},
          close: () => Promise.resolve(),
        });
        backend.fail('watch');
        return { backend };
      });
    },
    // By another name the server is another store: these caches know no more of each other than two processes do.
    redis: () => ['127.0.0.1', 'localhost'].map((host) => ({ backend: 'redis', host, port: server.port })),
  };

  for (const [name, configs] of Object.entries(WORLDS)) {
    describe(`on ${name}`, () => {
      let one: Process;
      let two: Process;

      beforeEach(async () => {
        await server.client().flushall();
        const [first, second] = configs().map((config) =>
          createCache({ ...config, namespace: 'n', budget: '2s', breaker: false }),
        );
        one = new Process(first!, 'one');
        two = new Process(second!, 'two');
      });
      afterEach(() => Promise.all([one.cache.close(), two.cache.close()]));

      it('loads each id once, whoever misses it, in one run for all that are granted', async () => {
        const first = one.many([1, 2, 3]);
        await eventually(() => expect(one.runs).to.have.length(1));
        const second = two.many([4, 3, 2]);
        await eventually(() => expect(two.runs).to.have.length(1));
        expect([one.runs.map((ids) => ids.toSorted()), two.runs]).to.deep.equal([[[1, 2, 3]], [[4]]]);
        for (const gate of [...two.gates, ...one.gates]) gate.resolve();
        expect(listed(await first)).to.deep.equal(['1 of one', '2 of one', '3 of one']);
        expect(listed(await second)).to.deep.equal(['4 of two', '3 of one', '2 of one']);
        expect([one.runs.length, two.runs.length]).to.deep.equal([1, 1]);
      });

      it('waits in no circle when the same ids are missed in another order', async () => {
        one.gated = two.gated = false;
        for (let round = 0; round < 10; round++) {
          const ids = [1, 2, 3, 4, 5, 6].map((id) => round * 10 + id);
          const [a, b] = await Promise.all([one.many(ids), two.many(ids.toReversed())]);
          expect(listed(a)).to.have.members(listed(b));
        }
        const loaded = [...one.runs, ...two.runs].flat();
        expect(loaded).to.have.length(new Set(loaded).size);
      });

      it('is taken over, id by id, by whoever waits when the holder fails or finds nothing', async () => {
        one.missing.add(2);
        const failing = caught(one.many([1]));
        const finding = one.many([2]);
        await sleep(30);
        two.gated = false;
        const second = two.many([1, 2, 3]);
        await sleep(30);
        expect(two.runs).to.deep.equal([[3]]);
        const failure = new Error('of the loader');
        one.gates[0]!.reject(failure);
        one.gates[1]!.resolve();
        expect(await failing).to.equal(failure);
        expect(listed(await finding)).to.deep.equal([]);
        expect(listed(await second)).to.deep.equal(['1 of two', '2 of two', '3 of two']);
      });

      it('calls that join get each id as soon as it is there, and no error of another one', async () => {
        const theirs = two.many([2]);
        await sleep(30);
        const both = caught(one.many([1, 2]));
        await sleep(30);
        const joined = one.many([2]);
        const failure = new Error('of the loader');
        one.gates[0]!.reject(failure);
        two.gates[0]!.resolve();
        expect(listed(await theirs)).to.deep.equal(['2 of two']);
        expect(listed(await joined)).to.deep.equal(['2 of two']);
        expect(await both).to.equal(failure);
      });

      it('keeps to originConcurrency, and does not wait for itself inside of a loader', async () => {
        let running = 0;
        let most = 0;
        class Limited {
          @MultiCached({
            key: (id: number) => `l${id}`,
            ttl: '1h',
            lease: '5s',
            originConcurrency: 1,
            cache: () => one.cache,
          })
          async many(ids: readonly number[]): Promise<Map<number, number>> {
            running += 1;
            most = Math.max(most, running);
            await sleep(5);
            running -= 1;
            // Inside of a loader: its load needs no place of its own.
            const more = ids.includes(1) ? await this.many([10]) : new Map<number, number>();
            return new Map(ids.map((id) => [id, id + (more.get(10) ?? 0)]));
          }
        }
        const limited = new Limited();
        const answers = await Promise.all([limited.many([1, 2]), limited.many([3]), limited.many([2, 4])]);
        expect(answers.map((found) => [...found.values()])).to.deep.equal([[11, 12], [3], [12, 4]]);
        expect(most).to.equal(1);
      });

      it('leaves no lock behind', async () => {
        one.gated = two.gated = false;
        await one.many([1, 2]);
        await one.cache.clear();
        expect(listed(await two.many([1, 2]))).to.deep.equal(['1 of two', '2 of two']);
      });
    });
  }
});
