import type { Cache } from '../contracts/cache.js';
import { slotVersion } from '../decorators/slot.js';
import { defaultRegistry } from '../registry/default-registry.js';
import { CacheRegistry } from '../registry/registry.js';

/**
 * What decorated methods get from Nest: the application's registry, from before it is made. Otherwise Nest would have to make the
 * registry first, and on what the registry itself needs (a settings service with a cached method) it would wait for ever.
 * Whoever calls that early uses the default registry.
 */
export class LateRegistry extends CacheRegistry {
  #registry: CacheRegistry | undefined;

  constructor() {
    super(new Map(), { namespace: undefined, clock: undefined, dataClasses: [] });
  }

  open(registry: CacheRegistry): void {
    this.#registry = registry;
    slotVersion.current++; // what early callers found is not theirs any more
  }

  override get(name?: string): Cache {
    return (this.#registry ?? defaultRegistry()).get(name);
  }
}
