import { LayeredBackend } from '../command/layered/layered.js';
import type { Patience } from '../command/layered/middle.js';
import type { BreakerSpec } from '../command/stack-spec.js';
import type { Backend, BackendContext } from '../contracts/backend.js';
import type { Serializer } from '../contracts/serializer.js';
import { ConfigError } from '../errors.js';
import { backendSource } from './backend-source.js';
import { checkNames, located, type GivenOptions } from './option.js';
import { checkFit } from './serializer-option.js';
import type { MiddleOptions } from './tiers.js';

/** What the whole cache has to say to its middle tier. */
export interface MiddleSurroundings extends BackendContext {
  readonly timeoutMs: number | undefined;
  readonly budgetMs: number | undefined;
  readonly breaker: BreakerSpec | undefined;
  readonly lowerOwned: boolean;
}

/** The middle tier, once its configuration is known to be right. */
export interface MiddleSource {
  /** Puts it in front of the store of record. */
  over(lower: Backend, lowerPath: string, surroundings: MiddleSurroundings): Backend;
}

/** The most that a read may lose to a middle tier that hangs, in ms, and the share of the cache's own limits. */
const READ_MS = 100;
const CHANGE_MS = 1_000;
const SHARE = 0.4;

/** @throws ConfigError for the first thing that is wrong about the middle tier, with its path */
export function middleSource(
  { own, path, ttlMs }: MiddleOptions,
  serializer: Serializer,
  serializerPath: string,
): MiddleSource {
  const source = backendSource(own['backend'], `${path}.backend`);
  checkNames(own, ['backend', ...Object.keys(source.options), 'ttl'], path, `a ${source.name} cache`);
  const options: GivenOptions = Object.fromEntries(
    Object.entries(own).filter(([name]) => Object.hasOwn(source.options, name)),
  );
  located(`${path}.`, undefined, () => source.check?.(options));
  if (source.wire !== undefined) checkFit(serializer, source.wire, source.name, serializerPath);
  return {
    over(lower, lowerPath, { timeoutMs, budgetMs, breaker, lowerOwned, cache, clock }) {
      const backend = source.create(options, { cache, clock });
      const { shared, wire } = backend.capabilities;
      if (!shared)
        throw new ConfigError(
          `${path}.backend is not shared by anybody; the first tier holds the copies of this process, so leave it out`,
        );
      if ((backend.identity ?? backend) === (lower.identity ?? lower))
        throw new ConfigError(`${path} is the same store as ${lowerPath}; leave one of them out`);
      if (source.wire === undefined) checkFit(serializer, wire, source.name, serializerPath);
      return new LayeredBackend({
        upper: { backend, owned: source.owned, ttlMs },
        lower: { backend: lower, owned: lowerOwned },
        patience: patienceOf(timeoutMs, budgetMs),
        breaker,
        cache,
        clock,
      });
    },
  };
}

function patienceOf(timeoutMs = Infinity, budgetMs = Infinity): Patience {
  const least = (most: number, limit: number): number => Math.max(1, Math.min(most, Math.floor(limit * SHARE)));
  return { readMs: least(READ_MS, Math.min(timeoutMs, budgetMs)), changeMs: least(CHANGE_MS, timeoutMs) };
}
