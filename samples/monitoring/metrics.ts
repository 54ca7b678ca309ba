import type { Cache, HitMissRatioPlugin, TimingPlugin } from 'cachewright';
import type { OutagePlugin } from './outage-plugin.js';

/** What there is to know of a cache, in the text format that Prometheus reads. No label holds a key. */
export function metricsOf(caches: readonly Cache[]): string {
  const lines = caches.flatMap((cache) => {
    const ratio = cache.plugin<HitMissRatioPlugin>('hit-miss-ratio')?.stats();
    const gets = cache.plugin<TimingPlugin>('timing')?.profile().get;
    const outages = cache.plugin<OutagePlugin>('outages');
    const figures = {
      hits_total: ratio?.hits,
      misses_total: ratio?.misses,
      get_p99_ms: gets?.p99.toFixed(1),
      store_away: outages && Number(outages.away),
      failed_commands_total: outages?.failed,
      pending_invalidations: cache.pendingInvalidations,
      discarded_entries_total: cache.discardedEntries,
    };
    return Object.entries(figures)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `cache_${name}{cache="${cache.name}"} ${value}`);
  });
  return lines.join('\n');
}
