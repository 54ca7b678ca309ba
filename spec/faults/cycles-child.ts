/** A program of its own for the spec of cycles: opens, uses and closes caches again and again, and must end by itself. */
import { createCache, type CacheConfig } from 'cachewright';

const [config, cycles, sets] = process.argv.slice(2).map((text) => JSON.parse(text) as unknown) as [
  CacheConfig,
  number,
  number,
];

async function cycle(): Promise<void> {
  const cache = createCache({ ...config, namespace: 'cycles', timeout: '30ms', budget: '30ms' });
  await Promise.allSettled([cache.get('k'), cache.set('k', 1), cache.getOrSet('k', () => 2, { lease: '1s' })]);
  await cache.close();
}

for (let number = 0; number < cycles; number++) await cycle();

// Many writes that nobody takes: what waits in this process has to stay small.
const cache = createCache({ ...config, namespace: 'cycles', timeout: '50ms', breaker: false });
globalThis.gc?.();
const before = process.memoryUsage().heapUsed;
let most = 0;
for (let done = 0; done < sets; done += 500) {
  await Promise.allSettled(Array.from({ length: 500 }, (_, index) => cache.set(`k${done + index}`, 'x'.repeat(100))));
  if (done % 10_000 === 0) {
    globalThis.gc?.();
    most = Math.max(most, process.memoryUsage().heapUsed - before);
  }
}
await cache.close();

// A busy machine takes its time to close a socket; one that was forgotten is there for ever.
const leftOver = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|Timeout|TLS/.test(name));
for (let wait = 0; wait < 30 && leftOver().length > 0; wait++) await new Promise((next) => setTimeout(next, 100));
process.send!({ step: 'done', grownBy: most, leftOver: leftOver() });
process.disconnect();
