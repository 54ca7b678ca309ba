import assert from 'node:assert/strict';
import type { LockGranted, LockStore } from '../../contracts/locks.js';
import type { BackendCase } from './case.js';
import type { BackendTrial } from './trial.js';

/** The lock store of a backend that offers one, with the lock's name already filled in. */
function lockOf(trial: BackendTrial, name: string) {
  const store: LockStore = trial.backend.locks!;
  const [key, call] = [`%lock:{${trial.key(name)}}`, trial.callOn(name)];
  return {
    acquire: async (owner: string, leaseMs: number) => store.acquire(key, owner, leaseMs, call),
    renew: async (owner: string, leaseMs: number) => store.renew(key, owner, leaseMs, call),
    release: async (owner: string) => store.release(key, owner, call),
    watch: async (wake: () => void) => store.watch?.(key, wake, call),
  };
}

function tokenOf(answer: unknown): number {
  const { token } = answer as Partial<LockGranted>;
  assert.ok(Number.isSafeInteger(token), 'the lock was not granted, or its token is no safe integer');
  return token!;
}

/** Locks, where a backend offers them. */
export const lockingCases: readonly BackendCase[] = [
  {
    name: 'a lock has one holder, and tells others how long to wait',
    facet: 'locks',
    async run(trial) {
      const lock = lockOf(trial, 'lock');
      tokenOf(await lock.acquire('a', trial.time.long));
      const answer = await lock.acquire('b', trial.time.long);
      assert.ok('heldForMs' in answer, 'two hold it');
      assert.ok(answer.heldForMs > 0 && answer.heldForMs <= trial.time.longer, `it is held for ${answer.heldForMs} ms`);
      tokenOf(await lockOf(trial, 'other').acquire('b', trial.time.long));
    },
  },
  {
    name: 'of many who want a lock at once, one gets it',
    facet: 'locks',
    async run(trial) {
      const lock = lockOf(trial, 'lock');
      const owners = Array.from({ length: 50 }, (_, index) => `owner-${index}`);
      const answers = await Promise.all(owners.map((owner) => lock.acquire(owner, trial.time.long)));
      assert.equal(answers.filter((answer) => 'token' in answer).length, 1);
    },
  },
  {
    name: 'a lock is granted again to the owner that holds it, and its lease begins anew',
    facet: 'locks',
    async run(trial) {
      const { time } = trial;
      const lock = lockOf(trial, 'lock');
      const token = tokenOf(await lock.acquire('a', time.short));
      assert.ok(tokenOf(await lock.acquire('a', time.longer)) >= token);
      const answer = await lock.acquire('b', time.longer);
      assert.ok('heldForMs' in answer && answer.heldForMs > time.long, 'it ends when the first lease does');
    },
  },
  {
    name: 'a lock is released and renewed by its owner only',
    facet: 'locks',
    async run(trial) {
      const lock = lockOf(trial, 'lock');
      assert.equal(await lock.renew('a', trial.time.long), false);
      assert.equal(await lock.release('a'), false);
      const first = tokenOf(await lock.acquire('a', trial.time.long));
      assert.equal(await lock.renew('b', trial.time.long), false);
      assert.equal(await lock.release('b'), false);
      assert.ok('heldForMs' in (await lock.acquire('b', trial.time.long)), 'somebody else released it');
      assert.equal(await lock.renew('a', trial.time.long), true);
      assert.equal(await lock.release('a'), true);
      assert.equal(await lock.release('a'), false);
      assert.ok(tokenOf(await lock.acquire('b', trial.time.long)) > first, 'tokens have to grow');
    },
  },
  {
    name: 'a lock ends with its lease, and tokens grow all the same',
    facet: 'locks',
    async run(trial) {
      const { time } = trial;
      const lock = lockOf(trial, 'lock');
      let first = 0;
      let second = 0;
      const start = async (): Promise<void> => void (first = tokenOf(await lock.acquire('a', time.short)));
      await time.outlive(time.short, start, async () => {
        const answer = await lock.acquire('b', time.long);
        if ('token' in answer) second = answer.token;
        return 'heldForMs' in answer;
      });
      assert.ok(second > first, 'tokens have to grow');
      assert.equal(await lock.release('a'), false);
      assert.equal(await lock.renew('a', time.long), false);
    },
  },
  {
    name: 'a renewed lease begins anew',
    facet: 'locks',
    async run(trial) {
      const lock = lockOf(trial, 'lock');
      const brief = lockOf(trial, 'brief');
      await trial.time.outlive(
        trial.time.short,
        async () => {
          await trial.time.before(async (leaseMs) => {
            await lock.acquire('a', leaseMs);
            return lock.renew('a', trial.time.long);
          });
          await brief.acquire('a', trial.time.short);
        },
        async () => 'heldForMs' in (await brief.acquire('b', trial.time.long)),
      );
      assert.ok('heldForMs' in (await lock.acquire('b', trial.time.long)), 'it ended with its first lease');
    },
  },
  {
    name: 'clear does not touch locks',
    facet: 'locks',
    async run(trial) {
      const lock = lockOf(trial, 'in:key');
      tokenOf(await lock.acquire('a', trial.time.long));
      await trial.clear('in:');
      await trial.clear('');
      assert.ok('heldForMs' in (await lock.acquire('b', trial.time.long)), 'it was cleared');
    },
  },
  {
    name: 'those who watch a lock are woken by its release, until they stop',
    facet: 'locks',
    async run(trial) {
      const lock = lockOf(trial, 'lock');
      let woken = 0;
      let wake = (): void => undefined;
      const stop = await lock.watch(() => {
        woken += 1;
        wake();
      });
      if (stop === undefined) return;
      await lock.acquire('a', trial.time.long);
      const heard = new Promise<void>((resolve) => (wake = resolve));
      await lock.release('a');
      await Promise.race([heard, late()]);
      assert.ok(woken > 0, 'nobody was woken');
      stop();
    },
  },
];

const PATIENCE_MS = 2_000;

function late(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
}
