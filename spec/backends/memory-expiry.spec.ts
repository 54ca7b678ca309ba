import { expect } from 'chai';
import * as fc from 'fast-check';
import * as sinon from 'sinon';
import { Expiry } from '#lib/backends/memory/expiry/expiry.js';
import { TimerWheel } from '#lib/backends/memory/expiry/timer-wheel.js';
import { memoryBackend, type MemoryBackend } from '#lib/backends/memory/memory.js';
import { systemClock } from '#lib/util/clock.js';

const DAY_MS = 86_400_000;

describe('memory backend, expiry without an access', () => {
  let timers: sinon.SinonFakeTimers;

  beforeEach(() => {
    timers = sinon.useFakeTimers({ now: 1_000, toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => timers.restore());

  const build = (): MemoryBackend => memoryBackend({ maxEntries: 100_000 }, { cache: 'spec', clock: systemClock });
  const sizeOf = (backend: MemoryBackend): number => backend.raw('size', []) as number;

  for (const [name, ttlMs] of Object.entries({ moment: 5, minute: 60_000, day: DAY_MS, year: 365 * DAY_MS })) {
    it(`gives back what has lived for a ${name}, and nothing before`, () => {
      const backend = build();
      backend.set('k', 1, ttlMs);
      backend.set('for ever', 1, undefined);
      timers.tick(ttlMs - 1);
      expect(sizeOf(backend)).to.equal(2);
      timers.tick(101);
      expect(sizeOf(backend)).to.equal(1);
    });
  }

  it('takes nothing for due, again and again, after its clock went backwards', () => {
    let now = 1_000_000;
    const expired: number[] = [];
    const expiry = new Expiry({ now: () => now }, (slot) => {
      expired.push(slot);
      expiry.forget(slot);
    });
    expiry.reserve(10);
    expiry.set(2, now + 1_000);
    now += 500;
    expect(expiry.sweep(100)).to.equal(true);
    now = 0;
    expiry.set(3, 60_000);
    expect(expiry.sweep(100)).to.equal(true);
    now = 59_999;
    expect(expiry.sweep(100)).to.equal(true);
    expect(expired).to.deep.equal([]);
    now = 60_000;
    expiry.sweep(100);
    expect(expired).to.deep.equal([3]);
    now = 1_001_000;
    expiry.sweep(100);
    expect(expired).to.deep.equal([3, 2]);
    expiry.stop();
  });

  it('gives back thousands in several turns, none of them forgotten', () => {
    const backend = build();
    for (let n = 0; n < 50_000; n++) backend.set(`k${n}`, n, 1_000);
    timers.tick(1_001);
    const left = sizeOf(backend);
    expect(left, 'after one turn').to.be.within(1, 49_999);
    timers.tick(100);
    expect(sizeOf(backend)).to.equal(0);
    expect(timers.countTimers(), 'timers').to.equal(0);
  });

  it('sets one timer for all of them', () => {
    const backend = build();
    for (let n = 0; n < 1_000; n++) backend.set(`k${n}`, n, 1_000 + 7 * n);
    for (let n = 0; n < 1_000; n++) backend.expire(`k${n}`, 9_000 - 7 * n);
    expect(timers.countTimers()).to.equal(1);
  });

  it('goes by the last lifetime that was set', () => {
    const backend = build();
    backend.set('longer', 1, 100);
    backend.set('for ever', 1, 100);
    backend.set('shorter', 1, 10_000);
    backend.expire('longer', 5_000);
    backend.set('for ever', 2, undefined);
    backend.expire('shorter', 100);
    timers.tick(300);
    expect(backend.raw('keys', [])).to.have.members(['longer', 'for ever']);
    timers.tick(5_000);
    expect(backend.raw('keys', [])).to.deep.equal(['for ever']);
  });

  it('goes on as before once it was empty', () => {
    const backend = build();
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 1_000; n++) backend.set(`k${n}`, n, 1_000 + n);
      timers.tick(1_500);
      expect(sizeOf(backend), `round ${round}`).to.be.within(400, 600);
      timers.tick(700);
      expect(sizeOf(backend), `round ${round}`).to.equal(0);
    }
  });

  it('stops when it is closed', async () => {
    const backend = build();
    backend.set('k', 1, 1_000);
    await backend.close();
    expect(timers.countTimers()).to.equal(0);
    backend.set('k', 1, 1_000);
    timers.tick(1_200);
    expect(sizeOf(backend)).to.equal(0);
  });

  it('does not look again and again while its clock stands still', () => {
    let now = 0;
    let reads = 0;
    const clock = { now: () => ((reads += 1), now) };
    const backend = memoryBackend({}, { cache: 'spec', clock });
    backend.set('k', 1, 20);
    timers.tick(600_000);
    expect(reads).to.be.below(300);
    now = 20;
    timers.tick(10_000);
    expect(sizeOf(backend)).to.equal(0);
  });

  it('kills the entries that somebody holds on to', () => {
    const backend = build();
    backend.set('k', 1, 1_000);
    const entry = backend.near.find('k')!;
    timers.tick(1_200);
    expect(entry).to.include({ expiresAt: -Infinity, value: undefined });
  });
});

describe('timer wheel', () => {
  it('says when something is due: never too early, and at the first whole millisecond', () => {
    const step = fc.record({
      slot: fc.integer({ min: 2, max: 30 }),
      wait: fc.oneof(fc.double({ min: 0, max: 5_000, noNaN: true }), fc.double({ min: 0, max: 3e9, noNaN: true })),
      pass: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 2e9 })),
      cancels: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e12, noNaN: true }), fc.array(step, { maxLength: 60 }), (origin, steps) => {
        let now = origin;
        const wheel = new TimerWheel(origin);
        wheel.reserve(40);
        const due = new Map<number, number>();
        for (const { slot, wait, pass, cancels } of steps) {
          if (cancels) {
            wheel.cancel(slot);
            due.delete(slot);
          } else {
            wheel.schedule(slot, now + wait);
            due.set(slot, now + wait);
          }
          const next = wheel.nextDue();
          if (due.size === 0) expect(next).to.equal(Infinity);
          else expect(next).to.be.at.most(Math.max(now, Math.min(...due.values())) + 1);
          now += pass;
          wheel.advance(now);
          for (let taken = wheel.takeDue(); taken !== 0; taken = wheel.takeDue()) {
            const dueAt = due.get(taken)!;
            if (dueAt > now) {
              wheel.schedule(taken, dueAt);
              if (dueAt - now < 1) break;
            } else due.delete(taken);
          }
          for (const dueAt of due.values()) expect(dueAt + 2).to.be.above(now);
        }
      }),
      { numRuns: 500 },
    );
  });
});
