import type { Backend } from 'cachewright';
import { memoryBackend } from '#lib/backends/memory/memory.js';
import { context } from './backend-calls.js';

/** A shared backend that can do no more than it must: neither locks nor compare-and-set. */
export function plainBackend(): Backend {
  const memory = memoryBackend({}, context);
  const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
  return new Proxy<Backend>(memory, {
    get(target, name) {
      if (name === 'locks' || name === 'versions' || name === 'near') return undefined;
      if (name === 'capabilities') return capabilities;
      if (name === 'name') return 'plain';
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}
