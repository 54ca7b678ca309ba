import { cachedMethod, cacheScope, createCache, createRegistry, setDefaultRegistry } from 'cachewright';
import { Exchange } from './exchange.js';

// Without this line the default registry is one memory cache, which would do here as well.
const registry = createRegistry({ default: { backend: 'memory', maxEntries: 1_000, ttl: '10m' } });
setDefaultRegistry(registry);

const bank = new Exchange();
const asked = (): string => bank.asked.splice(0).join(', ') || 'nothing';

console.log('1. A decorated method runs once per key');
console.log('  ', await bank.rate('EUR', 'CHF'), await bank.rate('EUR', 'CHF'));
console.log('   the bank was asked:', asked());

console.log('2. Calls at the same time share one run');
console.log('  ', ...(await Promise.all([bank.rate('USD', 'JPY'), bank.rate('USD', 'JPY'), bank.rate('USD', 'JPY')])));
console.log('   the bank was asked:', asked());

console.log('3. A list is cached id by id: only the unknown ones are loaded');
console.log('  ', [...(await bank.names(['EUR', 'CHF'])).values()].join(', '));
console.log('  ', [...(await bank.names(['CHF', 'JPY', 'EUR'])).values()].join(', '));
console.log('   the bank was asked:', asked());

console.log("4. The method's own errors reach the caller, and are not stored");
await bank.rate('EUR', 'ATL').catch((error: Error) => console.log('  ', error.message));
await bank.rate('EUR', 'ATL').catch((error: Error) => console.log('  ', error.message));
console.log('   the bank was asked:', asked());

console.log('5. A handle on a cached method: look, refresh, invalidate');
const rate = cachedMethod(bank, 'rate');
console.log('   key:', rate.key('EUR', 'CHF'));
console.log('   peek:', await rate.peek('EUR', 'CHF'), await rate.peek('EUR', 'USD'));
await rate.refresh('EUR', 'CHF');
await rate.invalidate('EUR', 'CHF');
console.log('   peek after invalidate:', await rate.peek('EUR', 'CHF'));
console.log('   the bank was asked:', asked());

console.log('6. Other rules for a while: do not read, but store what is loaded');
await cacheScope({ read: false }, async () => {
  await bank.rate('USD', 'JPY');
  await bank.rate('USD', 'JPY');
});
console.log('   the bank was asked:', asked());

console.log('7. getOrSet does the same without decorators');
await using cache = createCache({ backend: 'memory' });
const load = async (): Promise<string> => {
  console.log('   loading');
  return 'Guten Tag';
};
console.log('  ', await cache.getOrSet('greeting:de', load, { ttl: '1h' }));
console.log('  ', await cache.getOrSet('greeting:de', load, { ttl: '1h' }));

console.log('8. And a cache has all the commands');
await cache.multiSet({ apples: 3, pears: 5 });
console.log('   multiGet:', ...(await cache.multiGet(['apples', 'plums', 'pears'])));
console.log('   increment:', await cache.increment('apples'), await cache.increment('plums', 10));
console.log('   get with a default:', await cache.get('quinces', { default: 0 }));
console.log('   delete, exists:', await cache.delete('apples'), await cache.exists('apples'));
console.log('   ttl:', await cache.ttl('pears'), await cache.ttl('apples'));

await registry.close();
