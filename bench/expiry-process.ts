import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryBackend } from 'cachewright';

/** Lets many entries expire together, touches none of them, and prints what that did. Argument: how many entries. */
const entries = Number(process.argv[2]);
const TTL_MS = 5_000;

async function used(): Promise<number> {
  for (let time = 0; time < 5; time++) {
    globalThis.gc!();
    await sleep(20);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const store = memoryBackend({ maxEntries: entries }, { cache: 'bench', clock: performance });
const before = await used();
const endsAt = performance.now() + TTL_MS;
for (let id = 0; id < entries; id++) store.set(`user:profile:${id}`, { id }, endsAt - performance.now());
const full = (await used()) - before;
const delay = monitorEventLoopDelay({ resolution: 1 });
await sleep(endsAt - performance.now() - 100);
delay.enable();
while (store.raw('size', []) !== 0) await sleep(20);
delay.disable();
const tookMs = performance.now() - endsAt;
const left = (await used()) - before;
console.log(
  JSON.stringify({ p99Ms: delay.percentile(99) / 1e6, longestMs: delay.max / 1e6, tookMs, back: 1 - left / full }),
);
