/** One of the processes of the lease benchmark: waits for `go`, then so many callers ask for a cold key. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from 'cachewright';

const [url, loadMs, callers] = process.argv.slice(2);
const cache = createCache({ backend: 'redis', url: url!, namespace: 'lease' });
await cache.connect();
process.send!({ ready: true });
process.on('message', (key: string) => {
  let loads = 0;
  const load = async (): Promise<string> => {
    loads += 1;
    await sleep(Number(loadMs));
    return 'value';
  };
  const startedAt = performance.now();
  const asked = Array.from({ length: Number(callers) }, () => cache.getOrSet(key, load, { lease: '1s', ttl: '1m' }));
  void Promise.all(asked).then(() => process.send!({ loads, slowestMs: performance.now() - startedAt }));
});
