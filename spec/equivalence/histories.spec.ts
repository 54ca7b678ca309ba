import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { sharedStores } from '../support/stores.js';
import { Worker } from '../support/worker.js';
import type { HistoryReport } from './history-process.js';
import { isExplainable, type Operation } from './history.js';

/** Operations of each process; `CACHEWRIGHT_OPERATIONS=1000` for a long run. */
const COUNT = Number(process.env['CACHEWRIGHT_OPERATIONS'] ?? 80);
const PROCESSES = 4;

describe('histories of four processes', function () {
  this.timeout(60_000 + COUNT * 500);

  for (const store of sharedStores()) {
    describe(store.name, () => {
      before(() => store.start());
      after(() => store.dispose());

      it('can be explained by some order of their operations', async () => {
        const config = { ...store.config(), namespace: randomUUID() };
        const script = new URL('./history-process.js', import.meta.url);
        const workers = Array.from({ length: PROCESSES }, () => new Worker<HistoryReport>(script, config, COUNT));
        try {
          for (const worker of workers) await worker.reported('ready');
          for (const worker of workers) worker.go();
          const reports = await Promise.all(workers.map((worker) => worker.reported('done')));
          const operations = reports.flatMap((report) => report.operations!);
          expect(operations).to.have.length.greaterThan(PROCESSES * COUNT - 1);
          const keys = [...new Set(operations.map(({ key }) => key))];
          const odd = keys.filter((key) => !isExplainable(operations.filter((operation) => operation.key === key)));
          expect(odd).to.deep.equal([]);
        } finally {
          for (const worker of workers) await worker.dispose();
        }
      });
    });
  }
});

describe('the explanation of histories', () => {
  const operation = (
    kind: Operation['kind'],
    times: readonly [start: number, end: number],
    answer: unknown,
    rest: Partial<Operation> = {},
  ): Operation => ({ key: 'k', kind, answer, start: times[0], end: times[1], ...rest });

  const good: Readonly<Record<string, readonly Operation[]>> = {
    'one after the other': [
      operation('increment', [0, 1], 2, { argument: 2 }),
      operation('increment', [2, 3], 3, { argument: 1 }),
    ],
    'overlapping ones, in either order': [
      operation('increment', [0, 5], 3, { argument: 2 }),
      operation('increment', [1, 4], 1, { argument: 1 }),
    ],
    'a read that saw a write under way': [
      operation('add', [0, 9], true, { argument: 'a' }),
      operation('read', [1, 2], null),
      operation('read', [3, 4], 'a'),
    ],
    'a conflict': [
      operation('compareAndSet', [0, 1], true, { argument: 'a', expected: null }),
      operation('compareAndSet', [2, 3], false, { argument: 'b', expected: null }),
    ],
    'a lock that changes hands': [
      operation('acquire', [0, 1], true, { argument: 'a' }),
      operation('acquire', [0, 2], false, { argument: 'b' }),
      operation('release', [3, 4], true, { argument: 'a' }),
      operation('acquire', [3, 5], true, { argument: 'b' }),
    ],
  };
  const bad: Readonly<Record<string, readonly Operation[]>> = {
    'a lost increment': [
      operation('increment', [0, 5], 1, { argument: 1 }),
      operation('increment', [1, 4], 1, { argument: 1 }),
    ],
    'a read of what is gone': [
      operation('add', [0, 1], true, { argument: 'a' }),
      operation('delete', [2, 3], true),
      operation('read', [4, 5], 'a'),
    ],
    'a read that went back in time': [
      operation('add', [0, 9], true, { argument: 'a' }),
      operation('read', [1, 2], 'a'),
      operation('read', [3, 4], null),
    ],
    'two that added one key': [
      operation('add', [0, 5], true, { argument: 'a' }),
      operation('add', [1, 4], true, { argument: 'b' }),
    ],
    'two that compared with the same': [
      operation('compareAndSet', [0, 5], true, { argument: 'a', expected: null }),
      operation('compareAndSet', [1, 4], true, { argument: 'b', expected: null }),
    ],
    'two holders of one lock': [
      operation('acquire', [0, 1], true, { argument: 'a' }),
      operation('acquire', [2, 3], true, { argument: 'b' }),
    ],
  };

  for (const [what, history] of Object.entries(good)) {
    it(`accepts ${what}`, () => expect(isExplainable(history)).to.equal(true));
  }
  for (const [what, history] of Object.entries(bad)) {
    it(`refuses ${what}`, () => expect(isExplainable(history)).to.equal(false));
  }
});
