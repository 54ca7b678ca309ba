/** A process of the chaos test: an application under load, watched by its observer. */
import { cachedMethod, cacheScope, createRegistry, withLock } from 'cachewright';
import { nowUs } from './clock.js';
import { Observer, stackOf } from './observer.js';
import { OriginClient } from './origin-client.js';
import { Random } from './random.js';
import type { Footprint, FromWorker, ToWorker } from './records.js';
import type { Row } from './row.js';
import { groupOf, SHAPES, shapeOfKey, TENANTS, type ShapeName } from './shapes.js';
import { Shop } from './shop.js';
import { cachesOf, copiesIn, type StackPlace } from './stack.js';

/** What a worker is started with. */
export interface WorkerJob extends StackPlace {
  readonly seed: number;
  /** Calls a second. */
  readonly rate: number;
  /** The longest that calls under way are waited for in the end, in ms. */
  readonly patienceMs: number;
}

const TURN_MS = 10;
const REPORT_MS = 200;
/** Calls that a standstill kept from being made are made up for, but not more than these. */
const MOST_AT_ONCE = 100;
const WRITES = 0.05;
const LOCKS = 0.01;
const COUNTS = 0.01;

const job = JSON.parse(process.argv[2]!) as WorkerJob;
const random = new Random(job.seed);
const registry = createRegistry(cachesOf(job));
const shared = registry.get('default');
const own = registry.get('own');
const send = (message: FromWorker): void => void process.send?.(message);
const observer = new Observer(
  () => shared.pendingInvalidations + own.pendingInvalidations,
  copiesIn(job.stack).nearMs > 0,
);
const origin = new OriginClient(
  (asks) => send({ step: 'asks', asks }),
  (key, since) => observer.beside(shapeOfKey(key), key, since),
);
const shop = new Shop(origin, shared, own);

process.on('unhandledRejection', (reason) => observer.violation('unhandled', `rejection: ${stackOf(reason)}`));
process.on('uncaughtException', (error) => observer.violation('unhandled', `exception: ${stackOf(error)}`));
process.on('warning', (warning) => observer.violation('unhandled', `warning: ${warning.name}: ${warning.message}`));

function keyOf(shape: ShapeName): string {
  const { keys } = SHAPES[shape];
  const tenant = `t${random.between(1, TENANTS)}`;
  const id = random.zipf(keys);
  return shape === 'session' ? `session/${tenant}/${job.name}-${id}` : `${shape}/${tenant}/${id}`;
}

const one = (row: Row): readonly unknown[] => [row];

const READS: readonly (readonly [weight: number, shape: ShapeName, read: (key: string) => Promise<unknown>])[] = [
  [26, 'profile', (key) => observer.call('profile', [key], origin, () => shop.profile(key), one)],
  [24, 'article', (key) => observer.call('article', [key], origin, () => shop.article(key), one)],
  [14, 'price', (key) => observer.call('price', [key], origin, () => shop.price(key), one)],
  [6, 'stock', readStock],
  [6, 'stock', (key) => observer.call('stock', [key], origin, () => shop.stockOf(key), one)],
  [14, 'session', (key) => observer.call('session', [key], origin, () => shop.session(key), one)],
  [3, 'report', (key) => observer.call('report', [key], origin, () => shop.report(key), one)],
  [6, 'feed', (key) => observer.call('feed', [key], origin, () => shop.feed(key), one)],
  [3, 'profile', anew],
  [7, 'quote', (key) => observer.call('quote', [key], origin, () => shop.quote(key), one)],
];

/** Somebody who wants it as it is now, and stores it for the others, or does not wait for that. */
function anew(key: string): Promise<void> {
  const profile = cachedMethod(shop, 'profile');
  const read = random.pick<() => Promise<Row>>([
    () => profile.refresh(key),
    () => cacheScope({ read: false }, () => shop.profile(key)),
    () => cacheScope({ awaitWrite: false }, () => shop.profile(key)),
    () => cacheScope({ write: false }, () => shop.profile(key)),
  ]);
  return observer.besides([key], () => observer.call('profile', [key], origin, read, one));
}

function readStock(first: string): Promise<void> {
  const group = groupOf(first);
  const more = Array.from({ length: random.between(1, 5) }, () => `${group}/${random.zipf(SHAPES.stock.keys)}`);
  const keys = [...new Set([first, ...more])];
  return observer.call(
    'stock',
    keys,
    origin,
    () => shop.stock(keys),
    (found) => keys.map((key) => found.get(key)),
  );
}

const decorated = (affects: readonly string[], work: () => Promise<readonly Row[]>): Promise<void> =>
  observer.invalidate(affects, true, work);

const plain = (affects: readonly string[], keys: readonly string[], tell: (rows: readonly Row[]) => Promise<unknown>) =>
  observer.invalidate(affects, false, async () => {
    const rows = await origin.bump(keys);
    await observer.command(() => tell(rows));
    return rows;
  });

const WRITE: Readonly<Record<ShapeName, readonly ((key: string) => Promise<void>)[]>> = {
  profile: [
    (key) => decorated([key], () => shop.changeProfile(key)),
    (key) => plain([key], [key], () => shared.delete(key)),
    (key) =>
      decorated([key], async () => {
        const rows = await origin.bump([key]);
        await cachedMethod(shop, 'profile').invalidate(key);
        return rows;
      }),
  ],
  article: [
    (key) => decorated([key, 'tags'], () => shop.changeArticle(key)),
    (key) => plain([key, 'tags'], [key], () => shared.invalidateTags([key])),
    changeArticles,
  ],
  price: [
    (key) => plain([key, 'tags'], [key], () => shared.invalidateTags([key])),
    (key) => plain([key, 'tags'], [key, keyOf('price')], (rows) => shared.invalidateTags(rows.map((row) => row.key))),
  ],
  feed: [
    (key) => plain([key, 'tags'], [key], () => shared.invalidateTags([key])),
    (key) => plain([key, 'tags'], [key], () => shared.invalidateTags([key])),
  ],
  stock: [
    (key) => decorated([key, 'tags'], () => shop.changeStock(key)),
    (key) => plain([key, 'tags'], [key], () => shared.invalidateTags([key])),
  ],
  session: [
    alone((key) => decorated([key], async () => [await shop.putSession(key)])),
    alone((key) => decorated([key], () => shop.endSession(key))),
    alone((key) => plain([key], [key], () => own.delete(key))),
    alone((key) => plain([key], [key], ([row]) => own.set(key, row, { ttl: SHAPES.session.ttlMs }))),
    alone((key) => (random.chance(0.9) ? Promise.resolve() : endSessions(key))),
  ],
  report: [(key) => decorated([key], () => shop.changeReport(key))],
  quote: [(key) => decorated([key, 'tags'], () => shop.changeQuote(key))],
};

function changeArticles(key: string): Promise<void> {
  const group = groupOf(key);
  // All articles of a tenant at once, which is rare.
  if (random.chance(0.7)) return Promise.resolve();
  return decorated([group, 'tags'], () => shop.changeArticles(group));
}

function endSessions(key: string): Promise<void> {
  const keys = [key, keyOf('session'), keyOf('session')];
  if (random.chance(0.5)) return decorated(['all'], () => shop.endSessions(keys));
  return plain(['all'], keys, () => own.clear());
}

/** Writers of one key who do not take turns overtake each other, whatever a cache does. */
function alone(write: (key: string) => Promise<void>): (key: string) => Promise<void> {
  return async (key) => {
    if (writing) return;
    writing = true;
    try {
      await write(key);
    } finally {
      writing = false;
    }
  };
}

let writing = false;

/** Some work that only one of all processes shall do at a time. */
function exclusive(): Promise<void> {
  const name = `job-${random.between(1, 3)}`;
  const ms = random.between(1, 30);
  return observer.lock(name, (granted) =>
    withLock(shared, name, { lease: '1s', wait: '300ms' }, async ({ token }) => {
      granted(token);
      await new Promise((resolve) => setTimeout(resolve, ms));
    }),
  );
}

function count(): Promise<void> {
  const name = `sold-${random.between(1, 3)}`;
  return observer.count(name, () => observer.command(() => shared.increment(name, 1, { namespace: 'counts' })));
}

const TOTAL = READS.reduce((sum, [weight]) => sum + weight, 0);

function act(): void {
  if (random.chance(LOCKS)) return void exclusive();
  if (random.chance(COUNTS)) return void count();
  let drawn = random.next() * TOTAL;
  const [, shape, read] = READS.find(([weight]) => (drawn -= weight) < 0) ?? READS[0]!;
  const key = keyOf(shape);
  const work = random.chance(WRITES) ? random.pick(WRITE[shape]) : read;
  void work(key);
}

let calling = false;
let ending = false;
let startedAt = 0;
let made = 0;

function resume(): void {
  calling = true;
  startedAt = nowUs();
  made = 0;
}

setInterval(() => {
  if (!calling) return;
  const due = Math.floor(((nowUs() - startedAt) / 1_000_000) * job.rate);
  const count = Math.min(due - made, MOST_AT_ONCE);
  made = due;
  for (let call = 0; call < count; call++) act();
}, TURN_MS).unref();

function report(): void {
  const { calls, acks, commands, counts, locks, violations } = observer;
  observer.calls = [];
  observer.acks = [];
  observer.commands = [];
  observer.locks = [];
  observer.counts = [];
  observer.violations = [];
  send({
    step: 'records',
    until: nowUs(),
    calls,
    acks,
    commands,
    locks,
    counts,
    violations,
    loads: origin.loads.splice(0),
    refused: observer.refused,
    discarded: shared.discardedEntries + own.discardedEntries,
  });
}

const reporting = setInterval(report, REPORT_MS);

/** Until no call is under way, or patience is over. */
async function quiet(): Promise<void> {
  const until = performance.now() + job.patienceMs;
  while (observer.open > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
}

function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

async function footprint(): Promise<Footprint> {
  calling = false;
  await quiet();
  report();
  for (let time = 0; time < 3; time++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { heapBytes: process.memoryUsage().heapUsed, resources: resources() };
}

async function finish(): Promise<void> {
  calling = false;
  ending = true;
  await quiet();
  const { open } = observer;
  clearInterval(reporting);
  await registry.close();
  // What was closed is reported as closed one turn later.
  await new Promise((resolve) => setTimeout(resolve, 100));
  report();
  send({ step: 'done', open, left: resources() });
  process.disconnect();
}

function stall(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

process.on('message', (message: ToWorker) => {
  switch (message.step) {
    case 'answers':
      return origin.answered(message.answers);
    case 'stall':
      return stall(message.ms);
    case 'pause':
      return void footprint().then((measured) => send({ step: 'footprint', footprint: measured }));
    case 'resume':
      return resume();
    case 'finish':
      return void finish();
  }
});
// Nobody is there to talk to: a worker does not outlive its run.
process.once('disconnect', () => ending || process.exit(1));

send({ step: 'ready' });
