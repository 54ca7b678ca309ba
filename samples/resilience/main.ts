import { setTimeout as sleep } from 'node:timers/promises';
import { createCache, localBus, type Cache } from 'cachewright';
import { FakeClock } from 'cachewright/testing';
import { Prices, type Origin } from './prices.js';
import { sharedStore } from './shared-store.js';

const clock = new FakeClock();
const store = sharedStore(clock);
const bus = localBus();

/** What every process of the application has: copies of its own, in front of what all share. */
function tiers(): Cache {
  return createCache({
    tiers: [{ backend: 'memory', ttl: '30s' }, { backend: store }],
    bus,
    namespace: 'prices',
    clock,
  });
}

let asked = 0;
let price = 10;
let weather: 'fine' | 'slow' | 'down' = 'fine';
const origin: Origin = {
  async price() {
    asked++;
    if (weather === 'slow') await sleep(200);
    if (weather === 'down') throw new Error('the origin is down');
    return price;
  },
};

const here = new Prices(tiers(), origin);
const elsewhere = new Prices(tiers(), origin);
const sent = (): number => store.calls();
const report = (what: string, before: { asked: number; sent: number }): void =>
  console.log(
    `   ${what}; the origin was asked ${asked - before.asked}×, the store ${sent() - before.sent > 0 ? 'too' : 'not at all'}`,
  );
const now = (): { asked: number; sent: number } => ({ asked, sent: sent() });

console.log('1. One load for both processes, and copies that ask nobody');
let before = now();
report(`${await here.of('apple')} here, ${await elsewhere.of('apple')} elsewhere`, before);
// Copies are made behind the caller's back.
await sleep(20);
before = now();
report(`${await here.of('apple')} here, ${await elsewhere.of('apple')} elsewhere`, before);

console.log('2. What one process invalidates, the others forget');
price = 11;
await elsewhere.emptied('a');
before = now();
report(`${await here.of('apple')} here`, before);

console.log('3. Past its ttl: the stale value at once, the new one behind the scenes');
price = 12;
clock.advance('2m');
before = now();
const [stale] = [await here.of('apple')];
await sleep(20);
report(`${stale} first, then ${await here.of('apple')}`, before);

console.log('4. The origin is down, then slow: the stale value, instead of an error or a long wait');
clock.advance('10m');
weather = 'down';
before = now();
report(`${await here.of('apple')} while it is down`, before);
weather = 'slow';
before = now();
const startedAt = performance.now();
const inTime = await here.of('apple');
report(`${inTime} ${performance.now() - startedAt < 190 ? 'before it answered' : 'too late'}`, before);
await sleep(200);

console.log('5. The shared store is down: copies answer, and what is loaded is kept here');
weather = 'fine';
store.fail('all');
before = now();
report(`${await here.of('apple')} from the copy`, before);
before = now();
report(`${await here.of('banana')} loaded, ${await here.of('banana')} from the copy`, before);

await here.cache.close();
await elsewhere.cache.close();
await bus.close();
