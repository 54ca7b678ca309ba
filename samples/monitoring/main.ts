import { Cached, CacheEvict, createRegistry, memoryBackend } from 'cachewright';
import { asynchronous, FakeClock, faulty } from 'cachewright/testing';
import { metricsOf } from './metrics.js';
import { OutagePlugin } from './outage-plugin.js';

const clock = new FakeClock();
// Stands in for Redis, and fails when it is told to.
const memory = memoryBackend({}, { cache: 'shared', clock });
const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
const store = faulty({ ...asynchronous(memory), capabilities });

const outages = new OutagePlugin((line) => console.log(`   [warn] ${line}`));
const registry = createRegistry(
  { default: { backend: store, ttl: '1h', plugins: [outages, 'hit-miss-ratio', 'timing'] } },
  { clock },
);
const cache = registry.get();

class Users {
  @Cached({ cache, key: (id: string) => id })
  async find(id: string): Promise<{ id: string }> {
    return { id };
  }

  @CacheEvict({ cache, key: (id: string) => id })
  async rename(_id: string): Promise<void> {}
}

const users = new Users();
console.log('1. All is well');
for (const id of ['1', '2', '1', '1']) await users.find(id);
console.log(metricsOf([cache]));

console.log('2. The store goes away: one line, and calls are answered');
store.fail('all');
for (let call = 0; call < 20; call++) await users.find('1');
await users.rename('2');
console.log(metricsOf([cache]));

console.log('3. It is back: one line, and what could not be invalidated is');
clock.advance('42s');
store.heal();
await users.find('3');
// It is tried again every few seconds.
while (cache.pendingInvalidations > 0) {
  clock.advance('1s');
  await new Promise(setImmediate);
}
console.log(metricsOf([cache]));
await registry.close();
