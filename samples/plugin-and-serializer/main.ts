import { createRegistry, type HitMissRatioPlugin, isCacheError, type TimingPlugin } from 'cachewright';
import { AuditPlugin } from './audit-plugin.js';
import { compressedJson } from './compressed-serializer.js';
import { Money } from './money.js';

const audit = new AuditPlugin();
const registry = createRegistry({
  default: { backend: 'memory' },
  // Built-in plugins go by their names. Hooks run in this order.
  orders: { backend: 'memory', serializer: compressedJson, plugins: ['hit-miss-ratio', 'timing', audit] },
});
const orders = registry.get('orders');

console.log('1. The serializer brings the class back');
await orders.set('order:1', {
  total: new Money(19_90, 'EUR'),
  lines: Array.from({ length: 50 }, () => 'the same line'),
});
const order = await orders.get<{ total: Money; lines: string[] }>('order:1');
console.log('  ', order!.total.plus(new Money(10, 'EUR')).toString(), order!.lines.length, 'lines');

console.log('2. What is stored is what the serializer made');
const stored = await orders.get<Uint8Array>('order:1', { serializer: 'reference' });
console.log('  ', JSON.stringify(order).length > stored!.length ? 'fewer bytes than its JSON' : 'no smaller');

console.log('3. One serializer for one call');
await orders.set('note', 'plain text', { serializer: 'string' });
console.log('  ', await orders.get('note', { serializer: 'string' }), await orders.get('nothing'));

console.log('4. A value it cannot take: the error says where, and shows no value');
const loop: { self?: unknown } = {};
loop.self = loop;
await orders.set('loop', loop).catch((error: unknown) => {
  if (!isCacheError(error, 'ERR_CACHE_SERIALIZATION')) throw error;
  console.log('  ', error.code, 'in cache', error.cache);
});

console.log('5. A plugin can forbid');
await orders.delete('note');
await orders.delete('note');
await orders.clear().catch((error: Error) => console.log('  ', error.message));

console.log('6. What the audit saw');
for (const record of audit.records) console.log('  ', record);

console.log('7. What the built-in ones counted');
const { hits, misses } = orders.plugin<HitMissRatioPlugin>('hit-miss-ratio')!.stats();
console.log('  ', hits, 'hits,', misses, 'misses');
for (const [command, { count, failures }] of Object.entries(orders.plugin<TimingPlugin>('timing')!.profile())) {
  console.log('  ', `${command}: ${count} measured, ${failures} failed`);
}

await registry.close();
