/** The other process of the staleness benchmark: writes what it is told, and says when that was answered. */
import { catalogue } from './tiers-cache.js';

const cache = catalogue(process.argv[2]!, '1h');
await cache.connect();
process.send!({ ready: true });
process.on('message', (version: number) => {
  void cache.set('k', version).then(() => process.send!({ at: `${process.hrtime.bigint()}` }));
});
