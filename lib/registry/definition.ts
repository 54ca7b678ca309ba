import type { Class, StackSpec } from '../command/stack-spec.js';
import type { NearTierSpec } from '../command/tier/near-tier.js';
import type { Backend } from '../contracts/backend.js';
import { ConfigError } from '../errors.js';
import { pluginByName } from '../plugins/by-name.js';
import { serializerByName } from '../serializers/by-name.js';
import { systemClock, type Clock } from '../util/clock.js';
import { heldToRange } from '../util/random.js';
import { backendSource } from './backend-source.js';
import { DEFAULT_BREAKER } from './breaker-option.js';
import { COMMON_NAMES, commonOptions } from './common-options.js';
import { checkNames, located, member, type GivenOptions, type Option } from './option.js';
import { middleSource } from './middle-tier.js';
import { isRecord, mistyped, readName } from './readers.js';
import { shownConfig } from './shown-config.js';
import { checkFit } from './serializer-option.js';
import { takeApart } from './tiers.js';
import { optionsOfUrl } from './url.js';

/** What a cache's own configuration leaves to its surroundings. */
export interface Surroundings {
  readonly outerNamespace: string | undefined;
  readonly clock: Clock | undefined;
  readonly enabled: boolean;
  readonly dataClasses: readonly Class[];
}

/** The configuration of one cache, found to be right. Builds any number of caches, and connects to nothing. */
export interface Definition {
  readonly path: string;
  readonly backendName: string;
  /** The options as given, a URL taken apart: what overrides are laid over. */
  readonly given: GivenOptions;
  /** A copy of the configuration without its secrets. */
  readonly shown: unknown;
  /** @param namespace for a cache that names none itself */
  stack(name: string, namespace: string, surroundings: Surroundings): StackSpec;
}

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_BUDGET_MS = 250;

/** @throws ConfigError for the first thing that is wrong, with its path */
export function define(config: unknown, path: string): Definition {
  const given = typeof config === 'string' ? optionsOfUrl(config, path) : givenOptions(config, path);
  const parts = takeApart(given, path);
  const { ownPath } = parts;
  const source = backendSource(parts.own['backend'], `${ownPath}.backend`);
  const beside = parts.near === undefined ? COMMON_NAMES : ['ttl'];
  checkNames(parts.own, ['backend', ...Object.keys(source.options), ...beside], ownPath, `a ${source.name} cache`);
  const common = readOptions(commonOptions, parts.common, path);
  const own = pick(parts.own, source.options);
  located(`${ownPath}.`, undefined, () => source.check?.(own));
  const serializer = common.serializer ?? serializerByName(source.defaultSerializer);
  const serializerPath = `${path}.serializer`;
  if (source.wire !== undefined) checkFit(serializer, source.wire, source.name, serializerPath);
  const middle = parts.middle && middleSource(parts.middle, serializer, serializerPath);

  return {
    path,
    backendName: source.name,
    given: parts.whole,
    shown: shownConfig(config),
    stack(name, namespace, { outerNamespace, clock: outerClock, enabled, dataClasses }) {
      const clock = common.clock ?? outerClock ?? systemClock;
      const timeoutMs = 'timeout' in common ? common.timeout : DEFAULT_TIMEOUT_MS;
      const budgetMs = 'budget' in common ? common.budget : DEFAULT_BUDGET_MS;
      const breaker = common.breaker === false ? undefined : (common.breaker ?? DEFAULT_BREAKER);
      const last = source.create(own, { cache: name, clock });
      if (source.wire === undefined) checkFit(serializer, last.capabilities.wire, source.name, serializerPath);
      const nearTier = nearTierOver(last, parts.near?.create(name, clock), ownPath);
      const surroundings = { cache: name, clock, timeoutMs, budgetMs, breaker, lowerOwned: source.owned };
      const backend = middle === undefined ? last : middle.over(last, ownPath, surroundings);
      return {
        name,
        namespace: common.namespace ?? namespace,
        outerNamespace,
        buildKey: common.buildKey,
        backend,
        // One that is made of two knows which of them it owns.
        ownsBackend: source.owned || middle !== undefined,
        nearTier,
        serializer,
        plugins: (common.plugins ?? []).map((plugin) => (typeof plugin === 'string' ? pluginByName(plugin) : plugin)),
        ttlMs: common.ttl,
        timeoutMs,
        budgetMs,
        originConcurrency: common.originConcurrency,
        isolation: common.isolation ?? 'none',
        breaker,
        clock,
        random: common.random === undefined ? Math.random : heldToRange(common.random),
        enabled,
        dataClasses,
      };
    },
  };
}

function nearTierOver(backend: Backend, near: NearTierSpec | undefined, path: string): NearTierSpec | undefined {
  if (near === undefined || backend.capabilities.shared) return near;
  throw new ConfigError(`${path}.backend is not shared by anybody; copies of it gain nothing, so leave out tiers`);
}

/** The same for a cache of a registry. */
export function defineNamed(name: string, config: unknown): Definition {
  const path = member('caches', readName(name, 'the name of a cache'));
  return located('', name, () => define(config, path));
}

/** A copy, so that nothing done to the object or its lists later changes a cache. An option that is `undefined` is not given. */
export function givenOptions(config: unknown, path: string): Record<string, unknown> {
  if (!isRecord(config)) throw mistyped(config, path, 'give a config object or a URL');
  const given = Object.entries(config).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [name, Array.isArray(value) ? [...(value as unknown[])] : value]),
  );
}

/** The given ones among the options of `table`, in their internal form. */
function readOptions<Table extends Readonly<Record<string, Option>>>(
  table: Table,
  given: GivenOptions,
  path: string,
): { [Name in keyof Table]?: ReturnType<Table[Name]['read']> } {
  const read: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    if (Object.hasOwn(given, name)) read[name] = option.read(given[name], member(path, name));
  }
  return read as { [Name in keyof Table]?: ReturnType<Table[Name]['read']> };
}

function pick(given: GivenOptions, table: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(table, name)));
}
