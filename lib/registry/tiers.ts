import { memoryBackend } from '../backends/memory/memory.js';
import { readMemoryOptions } from '../backends/memory/memory-options.js';
import type { NearTierSpec } from '../command/tier/near-tier.js';
import { ConfigError } from '../errors.js';
import type { Clock } from '../util/clock.js';
import { parseLimit } from '../util/duration.js';
import { BACKENDS } from './backends.js';
import { busSource, type BusSource } from './bus-source.js';
import { COMMON_NAMES } from './common-options.js';
import { checkNames, located, member, type GivenOptions } from './option.js';
import { isRecord, mistyped } from './readers.js';
import { optionsOfUrl } from './url.js';

/** The configuration of a cache, taken apart. Of a cache without tiers everything is in one place. */
export interface Parts {
  /** The options of the backend, and where they stand. */
  readonly own: GivenOptions;
  readonly ownPath: string;
  /** The options that every cache takes. */
  readonly common: GivenOptions;
  /** `undefined` = no copies are kept. */
  readonly near: NearSource | undefined;
  /** `undefined` = no tier in the middle. */
  readonly middle: MiddleOptions | undefined;
  /** All of it, with what belongs to the whole cache beside the tiers: what overrides are laid over. */
  readonly whole: GivenOptions;
}

/** The middle one of three tiers, taken apart. */
export interface MiddleOptions {
  readonly own: GivenOptions;
  readonly path: string;
  /** Longest life of its copies; `undefined` = as long as their entries. */
  readonly ttlMs: number | undefined;
}

/** The near tier, once its configuration is known to be right. */
export interface NearSource {
  create(cache: string, clock: Clock): NearTierSpec;
}

const NEAR_TTL_MS = 30_000;
const MIDDLE_TTL_MS = 300_000;
const REMEDY = `use [{ backend: 'memory' }, { backend: 'redis', … }]: copies in this process, then what all share, in one tier or two`;

/** @throws ConfigError for the first thing that is wrong about the tiers, with its path */
export function takeApart(given: GivenOptions, path: string): Parts {
  if (given['tiers'] === undefined) {
    return { own: given, ownPath: path, common: given, near: undefined, middle: undefined, whole: given };
  }
  const { tiers, bus, ...common } = given;
  checkNames(common, ['tiers', 'bus', ...COMMON_NAMES], path, 'a cache with tiers');
  if (!Array.isArray(tiers)) throw mistyped(tiers, `${path}.tiers`, REMEDY);
  if (tiers.length !== 2 && tiers.length !== 3)
    throw new ConfigError(`${path}.tiers has ${tiers.length} of them; ${REMEDY}`);
  const [nearPath, ownPath] = [`${path}.tiers[0]`, `${path}.tiers[${tiers.length - 1}]`] as const;
  const near = readNear(optionsOf(tiers[0], nearPath), nearPath);
  const source = bus === undefined ? undefined : busSource(bus, `${path}.bus`);
  const middle =
    tiers.length === 3 ? readMiddle(optionsOf(tiers[1], `${path}.tiers[1]`), `${path}.tiers[1]`) : undefined;
  const { ttl, ...own } = optionsOf(tiers.at(-1), ownPath);
  mustBeShared(own, ownPath);
  if (ttl !== undefined && common['ttl'] !== undefined)
    throw new ConfigError(`${ownPath}.ttl is given twice: here and as ${path}.ttl; give it once`);
  if (ttl !== undefined) parseLimit(ttl, `${ownPath}.ttl`);
  const all = ttl === undefined ? common : { ...common, ttl };
  return {
    own,
    ownPath,
    common: all,
    middle,
    whole: { ...all, tiers: [...(tiers as unknown[]).slice(0, -1), own], ...(bus === undefined ? {} : { bus }) },
    near: { create: (cache, clock) => ({ ...near(cache, clock), ...busOf(source, cache, clock) }) },
  };
}

function readMiddle({ ttl, ...own }: GivenOptions, path: string): MiddleOptions {
  mustBeShared(own, path);
  return { own, path, ttlMs: ttl === undefined ? MIDDLE_TTL_MS : parseLimit(ttl, `${path}.ttl`) };
}

function mustBeShared({ backend }: GivenOptions, path: string): void {
  if (backend === 'memory') throw new ConfigError(`${path}.backend is memory, which nobody shares; ${REMEDY}`);
}

function readNear(
  { ttl, ...given }: GivenOptions,
  path: string,
): (cache: string, clock: Clock) => Pick<NearTierSpec, 'store' | 'ttlMs'> {
  const { backend, ...options } = given;
  if (backend !== 'memory') throw new ConfigError(`${path}.backend is not memory; ${REMEDY}`);
  checkNames(options, ['ttl', ...Object.keys(BACKENDS.get('memory')!.options)], path, 'the near tier');
  located(`${path}.`, undefined, () => readMemoryOptions(options));
  const ttlMs = ttl === undefined ? NEAR_TTL_MS : parseLimit(ttl, `${path}.ttl`);
  return (cache, clock) => ({ store: memoryBackend(options, { cache, clock }).near, ttlMs });
}

/** Of one tier. What the whole cache is to have in common stands beside the tiers, not in one of them. */
function optionsOf(tier: unknown, path: string): GivenOptions {
  if (typeof tier !== 'string' && !isRecord(tier)) throw mistyped(tier, path, 'give a config object or a URL');
  const given = typeof tier === 'string' ? optionsOfUrl(tier, path) : tier;
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const common = COMMON_NAMES.find((name) => name !== 'ttl' && options[name] !== undefined);
  if (common === undefined) return options;
  throw new ConfigError(`${member(path, common)} is an option of the whole cache; put it beside tiers`);
}

function busOf(source: BusSource | undefined, cache: string, clock: Clock): Pick<NearTierSpec, 'bus' | 'ownsBus'> {
  if (source === undefined) return { bus: undefined, ownsBus: false };
  return { bus: (prefix) => source.create({ cache, prefix, clock }), ownsBus: source.owned };
}
