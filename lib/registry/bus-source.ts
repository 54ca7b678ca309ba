import { redisBus } from '../bus/redis-bus.js';
import { readRedisBusOptions, type RedisBusOptions } from '../bus/redis-bus-options.js';
import type { Bus, BusContext } from '../contracts/bus.js';
import { ConfigError } from '../errors.js';
import { located } from './option.js';
import { choiceReader, isRecord, mistyped, readName } from './readers.js';

/** A bus on Redis, with connections of its own. */
export interface RedisBusConfig extends RedisBusOptions {
  readonly backend: 'redis';
}

/** How the processes of a cache tell one another what changed: by configuration, or a ready bus, which stays yours to close. */
export type BusConfig = RedisBusConfig | Bus;

/** Where a cache's bus comes from, once the configuration is known to be right. */
export interface BusSource {
  readonly name: string;
  /** Whether closing the cache closes the bus: not if it was given ready. */
  readonly owned: boolean;
  /** Connects nothing. */
  create(context: BusContext): Bus;
}

const REMEDY = `use { backend: 'redis', url: '…' } or a Bus`;
const METHODS = ['publish', 'join', 'close'] as const satisfies readonly (keyof Bus)[];
const readBackend = choiceReader(['redis']);

/**
 * Reads the option `bus`.
 * @throws ConfigError that begins with the path of the option and never holds its value
 */
export function busSource(value: unknown, path: string): BusSource {
  if (!isRecord(value)) throw mistyped(value, path, REMEDY);
  if (METHODS.some((name) => typeof value[name] === 'function')) return ready(value, path);
  const { backend, ...rest } = Object.fromEntries(Object.entries(value).filter(([, given]) => given !== undefined));
  if (backend === undefined) throw new ConfigError(`${path}.backend is missing; ${REMEDY}`);
  const name = readBackend(backend, `${path}.backend`);
  const options: RedisBusOptions = rest;
  located(`${path}.`, undefined, () => readRedisBusOptions(options));
  return { name, owned: true, create: (context) => redisBus(options, context) };
}

function ready(value: Record<string, unknown>, path: string): BusSource {
  const missing = METHODS.filter((name) => typeof value[name] !== 'function');
  if (missing.length > 0) {
    throw new ConfigError(`${path} is no Bus: it lacks ${missing.map((name) => `${name}()`).join(', ')}`);
  }
  const name = readName(value['name'], `${path}.name`);
  for (const [part, type] of [
    ['listening', 'boolean'],
    ['pending', 'number'],
  ] as const) {
    if (typeof value[part] !== type) throw mistyped(value[part], `${path}.${part}`, `give a ${type}`);
  }
  const bus = value as unknown as Bus;
  return { name, owned: false, create: () => bus };
}
