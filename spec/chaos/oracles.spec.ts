import { expect } from 'chai';
import { nowUs } from './clock.js';
import { Judge, type JudgeOptions } from './judge.js';
import { overlapUs } from './origin-client.js';
import type { AckRecord, CallRecord, Footprint, FromWorker, OracleName } from './records.js';
import { faultIn, rowOf } from './row.js';
import { shapeOfKey } from './shapes.js';
import { type Measured, verdictsOn } from './verdicts.js';

const T0 = nowUs() - 100_000_000;
const ms = (count: number): number => T0 + count * 1_000;

type Records = FromWorker & { readonly step: 'records' };

function records(parts: Partial<Records>): Records {
  return {
    step: 'records',
    until: 0,
    calls: [],
    acks: [],
    commands: [],
    loads: [],
    locks: [],
    counts: [],
    violations: [],
    refused: 0,
    discarded: 0,
    ...parts,
  };
}

function call(key: string, version: number, startMs: number, rest: Partial<CallRecord> = {}): CallRecord {
  return {
    shape: shapeOfKey(key),
    key,
    start: ms(startMs),
    end: ms(startMs + 1),
    outcome: 'value',
    version,
    readAt: ms(startMs - 5),
    lostUs: 300,
    ...rest,
  };
}

const ack = (key: string, version: number, atMs: number, everywhere = true): AckRecord => ({
  key,
  version,
  at: ms(atMs),
  everywhere,
});

/** What a judge says of logs, by worker. */
function verdicts(
  logs: Readonly<Record<string, Partial<Records>>>,
  prepare?: (judge: Judge) => void,
  options: Partial<JudgeOptions> = {},
): OracleName[] {
  const judge = new Judge({ newest: () => 5, ...options });
  prepare?.(judge);
  for (const [worker, parts] of Object.entries(logs)) judge.records(worker, records(parts));
  judge.finish();
  return judge.violations.map(({ oracle }) => oracle);
}

describe('chaos: the judge', () => {
  const article = 'article/t1/7';
  const profile = 'profile/t1/7';
  const session = 'session/t1/a-7';

  it('has nothing against what is as new as it can be', () => {
    expect(
      verdicts({
        a: { acks: [ack(article, 2, 10)], calls: [call(article, 2, 20), call(article, 1, 9), call(session, 5, 1)] },
        b: { calls: [call(article, 3, 15), call(profile, 1, 3)] },
      }),
    ).to.deep.equal([]);
  });

  it('finds what is seen after its invalidation, in any process', () => {
    for (const key of [article, profile]) {
      const acks = [ack(key, 2, 10)];
      expect(verdicts({ a: { acks }, b: { calls: [call(key, 1, 11)] } })).to.deep.equal(['staleness']);
      expect(verdicts({ a: { acks, calls: [call(key, 1, 11)] } })).to.deep.equal(['staleness']);
    }
  });

  it('lets calls join what was under way in their process before another one invalidated it', () => {
    const acks = [ack(article, 2, 10)];
    const joined = call(article, 1, 11, { end: ms(30) });
    const underway = call(article, 1, 9, { end: ms(30) });
    const load = { key: article, start: ms(9), end: ms(30) };
    expect(verdicts({ a: { acks }, b: { calls: [joined, underway] } })).to.deep.equal([]);
    expect(verdicts({ a: { acks }, b: { calls: [joined], loads: [load] } })).to.deep.equal([]);
    expect(verdicts({ a: { acks }, b: { calls: [joined], loads: [{ ...load, start: ms(10.5) }] } })).to.have.length(1);
    // Its write can be joined, too, for a budget.
    const [soon, later] = [259, 261].map((atMs) => call(article, 1, atMs));
    const short = { ...load, end: ms(10) };
    expect(verdicts({ a: { acks }, b: { calls: [soon!], loads: [short] } })).to.deep.equal([]);
    expect(verdicts({ a: { acks }, b: { calls: [later!], loads: [short] } })).to.deep.equal(['staleness']);
    expect(verdicts({ a: { acks }, b: { calls: [joined] }, c: { loads: [load] } })).to.have.length(1);
    expect(verdicts({ a: { acks, calls: [joined, underway] } })).to.deep.equal(['staleness']);
  });

  it('lets copies be stale in other processes for as long as they may live', () => {
    const seen = (process: string, atMs: number): number => {
      const judge = new Judge({ newest: () => 5, nearMs: 500 });
      judge.records('a', records({ acks: [ack(article, 2, 10)] }));
      judge.records(process, records({ calls: [call(article, 1, atMs)] }));
      judge.finish();
      return judge.violations.length;
    };
    expect([seen('a', 11), seen('b', 11), seen('b', 509), seen('b', 511)]).to.deep.equal([1, 0, 0, 1]);
  });

  it('holds an invalidation that waits for the backend against its own process only', () => {
    const acks = [ack(article, 2, 10, false)];
    expect(verdicts({ a: { acks }, b: { calls: [call(article, 1, 11)] } })).to.deep.equal([]);
    expect(verdicts({ a: { acks, calls: [call(article, 1, 11)] } })).to.deep.equal(['staleness']);
  });

  it('lets keys be stale for as long as an entry may live where there is no fence for them', () => {
    const acks = [ack(profile, 2, 10)];
    const logs = { a: { acks }, b: { calls: [call(profile, 1, 30)] } };
    expect(verdicts(logs, (judge) => judge.unfence(ms(0))(ms(40)))).to.deep.equal([]);
    expect(verdicts(logs, (judge) => judge.unfence(ms(0))(ms(20)))).to.deep.equal(['staleness']);
    const tagged = { a: { acks: [ack(article, 2, 10)] }, b: { calls: [call(article, 1, 30)] } };
    expect(verdicts(tagged, (judge) => judge.unfence(ms(0))(ms(40)))).to.deep.equal(['staleness']);
  });

  it('finds values that outlive themselves', () => {
    const readAt = ms(-60_000);
    expect(verdicts({ a: { calls: [call(profile, 1, 1, { readAt })] } })).to.deep.equal(['age']);
  });

  it('finds versions that never were', () => {
    expect(verdicts({ a: { calls: [call(profile, 6, 1)] } })).to.deep.equal(['values']);
  });

  it('passes on what workers found, but for plain values while the wire is damaged', () => {
    const violations = [{ oracle: 'values', at: ms(5), what: 'foreign', plain: true }] as const;
    expect(verdicts({ a: { violations } })).to.deep.equal(['values']);
    const damaged = (judge: Judge): void => judge.damages(ms(0))(ms(10));
    expect(verdicts({ a: { violations } }, damaged)).to.deep.equal([]);
    expect(verdicts({ a: { violations: [{ ...violations[0], plain: false }] } }, damaged)).to.deep.equal(['values']);
    expect(verdicts({ a: { violations: [{ ...violations[0], at: ms(11) }] } }, damaged)).to.deep.equal(['values']);
  });

  it('allows copies of damaged values, and copies of those, to live on', () => {
    const at = (damagedMs: number): OracleName[] =>
      verdicts(
        { a: { violations: [{ oracle: 'values', at: ms(damagedMs), what: 'foreign', plain: true }] } },
        (judge) => judge.damages(ms(0))(ms(10)),
        { nearMs: 5, middleMs: 3 },
      );
    expect(at(18)).to.deep.equal([]);
    expect(at(19)).to.deep.equal(['values']);
  });

  it('believes no acknowledgement that came over a damaged wire', () => {
    const logs = { a: { acks: [ack(article, 2, 5)], calls: [call(article, 1, 30)] } };
    expect(verdicts(logs)).to.deep.equal(['staleness']);
    expect(verdicts(logs, (judge) => judge.damages(ms(0))(ms(10)))).to.deep.equal([]);
  });

  it('holds nothing against a replica that took over and had not heard of it, but what was acknowledged long before', () => {
    const seen = { a: { acks: [ack(article, 2, 10_000)] }, b: { calls: [call(article, 1, 20_000)] } };
    const between = (from: number, to: number, happened: boolean) => (judge: Judge) =>
      judge.mayForget(ms(from))(happened, ms(to));
    expect(verdicts(seen, between(10_100, 10_200, true))).to.deep.equal([]);
    expect(verdicts(seen, between(9_000, 10_200, true))).to.deep.equal([]);
    expect(verdicts(seen, between(10_100, 10_200, false))).to.deep.equal(['staleness']);
    expect(verdicts(seen, between(12_000, 12_100, true))).to.deep.equal(['staleness']);
    expect(verdicts(seen, between(5_000, 8_000, true))).to.deep.equal(['staleness']);
  });

  it('waits with what it may have to see otherwise', () => {
    const judge = new Judge({ newest: () => 5 });
    judge.records('a', records({ acks: [ack(article, 2, 10_000)], calls: [call(article, 1, 20_000)] }));
    const over = judge.mayForget(ms(9_000));
    judge.judge(nowUs() + 1);
    over(true, ms(11_000));
    judge.finish();
    expect(judge.violations).to.deep.equal([]);
  });

  it('counts loads that overlap under a lease', () => {
    const judge = new Judge({ newest: () => 5 });
    const load = (start: number, end: number) => ({ key: 'report/t1/1', start: ms(start), end: ms(end) });
    judge.records('a', records({ loads: [load(1, 5), load(20, 30)] }));
    judge.records('b', records({ loads: [load(6, 9), load(25, 28), load(40, 41)] }));
    expect(judge.loadsBeside(T0, ms(100))).to.equal(1);
    expect(judge.loadsBeside(ms(31), ms(100))).to.equal(0);
  });

  it('finds tokens of locks that do not grow', () => {
    const lock = (asked: number, answered: number, number: number, name = 'job') => ({
      name,
      asked: ms(asked),
      answered: ms(answered),
      number,
    });
    const tokens = (...locks: readonly ReturnType<typeof lock>[]): OracleName[] => verdicts({ a: { locks } });
    expect(tokens(lock(1, 2, 10), lock(3, 4, 11), lock(5, 6, 3, 'other'))).to.deep.equal([]);
    expect(tokens(lock(1, 4, 12), lock(2, 3, 11))).to.deep.equal([]);
    expect(tokens(lock(1, 2, 10), lock(3, 4, 10))).to.deep.equal(['locks']);
    expect(tokens(lock(3, 4, 9), lock(1, 2, 10))).to.deep.equal(['locks']);
  });

  it('finds counters that do not grow, unless what is stored was lost meanwhile', () => {
    const count = (asked: number, answered: number, number: number, name = 'sold') => ({
      name,
      asked: ms(asked),
      answered: ms(answered),
      number,
    });
    type Counts = readonly ReturnType<typeof count>[];
    const judged = (counts: Counts, prepare?: (judge: Judge) => void): OracleName[] =>
      verdicts({ a: { counts } }, prepare);
    expect(judged([count(1, 2, 1), count(3, 4, 2), count(3, 4.5, 3), count(5, 6, 1, 'other')])).to.deep.equal([]);
    expect(judged([count(1, 2, 7), count(3, 4, 7)])).to.deep.equal(['counters']);
    expect(judged([count(1, 2, 7), count(3, 4, 1)])).to.deep.equal(['counters']);
    const lost = (from: number, to: number) => (judge: Judge) => judge.loses(ms(from))(ms(to));
    expect(judged([count(1, 2, 7), count(5, 6, 1), count(7, 8, 2)], lost(3, 4))).to.deep.equal([]);
    expect(judged([count(1, 2, 7), count(3.5, 6, 1), count(7, 8, 1)], lost(3, 4))).to.deep.equal([]);
    expect(judged([count(1, 2, 7), count(5, 6, 1), count(7, 8, 1)], lost(3, 4))).to.deep.equal(['counters']);
    expect(judged([count(5, 6, 7), count(7, 8, 1)], lost(3, 4))).to.deep.equal(['counters']);
    expect(judged([count(1, 2, 7), count(3, 4, 7)], (judge) => judge.damages(ms(3.5))(ms(5)))).to.deep.equal([]);
  });

  it('remembers for long what was acknowledged', () => {
    const judge = new Judge({ newest: () => 500 });
    const acks = Array.from({ length: 100 }, (_, index) => ack(article, index + 2, index));
    judge.records('a', records({ acks }));
    judge.judge(ms(200_000));
    judge.records('b', records({ calls: [call(article, 100, 200_001), call(article, 101, 200_001)] }));
    judge.judge(Infinity);
    expect(judge.violations.map(({ oracle }) => oracle)).to.deep.equal(['staleness']);
  });
});

describe('chaos: rows', () => {
  const row = rowOf('article/t1/7', 3, 1_000);

  it('prove whose they are, and that all of them is there', () => {
    expect(faultIn(JSON.parse(JSON.stringify(row)), row.key)).to.equal(undefined);
    expect(faultIn(row, 'article/t1/8')).to.match(/^foreign/);
    expect(faultIn({ ...row, owner: 't2' }, row.key)).to.match(/^foreign/);
    expect(faultIn(rowOf('article/t2/7', 3, 1_000), row.key)).to.match(/^foreign: of t2/);
    for (const damage of [{ version: 4 }, { readAt: 1_001 }, { padding: `${row.padding} ` }, { sum: row.sum ^ 1 }]) {
      expect(faultIn({ ...row, ...damage }, row.key), JSON.stringify(damage)).to.match(/^torn/);
    }
    for (const other of [undefined, null, 7, 'text']) expect(faultIn(other, row.key)).to.match(/^no row/);
  });
});

describe('chaos: time', () => {
  it('is counted once where intervals overlap', () => {
    const intervals = [
      { start: 10, end: 20 },
      { start: 15, end: 30 },
      { start: 0, end: 2 },
      { start: 90, end: 200 },
    ];
    expect(overlapUs(intervals, 1, 100)).to.equal(1 + 20 + 10);
    expect(overlapUs([], 1, 100)).to.equal(0);
  });
});

describe('chaos: verdicts on what a busy machine can spoil', () => {
  const footprint = (megabytes: number, timeouts = 2): Footprint => ({
    heapBytes: megabytes * 1024 * 1024,
    resources: { PipeWrap: 3, Timeout: timeouts },
  });
  const good: Measured = {
    lostMs: 251,
    commandMs: 1_005,
    hitRatios: [0.8, 0.78],
    loadsBeside: 0,
    before: new Map([
      ['0.1', footprint(20)],
      ['1.2', footprint(22)],
    ]),
    after: new Map([
      ['0.1', footprint(30)],
      ['1.9', footprint(40)],
    ]),
  };
  const oracles = (measured: Partial<Measured>): OracleName[] =>
    verdictsOn({ ...good, ...measured }).map(([oracle]) => oracle);

  it('are spoken where figures are beyond their limits', () => {
    expect(oracles({})).to.deep.equal([]);
    expect(oracles({ lostMs: 276 })).to.deep.equal(['latency']);
    expect(oracles({ commandMs: 1_030 })).to.deep.equal(['latency']);
    expect(oracles({ hitRatios: [0.8, 0.6] })).to.deep.equal(['recovery']);
    expect(oracles({ loadsBeside: 1 })).to.deep.equal(['loads']);
    expect(oracles({ after: new Map([['0.1', footprint(50)]]) })).to.deep.equal(['memory']);
    expect(oracles({ after: new Map([['1.9', footprint(50)]]) })).to.deep.equal(['memory']);
    expect(oracles({ after: new Map([['0.1', footprint(20, 31)]]) })).to.deep.equal(['handles']);
  });
});
