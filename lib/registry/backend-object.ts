import type { Backend, BackendFactory } from '../contracts/backend.js';
import { ConfigError } from '../errors.js';
import { choiceReader, isRecord, mistyped, objectReader, readName } from './readers.js';
import { readWire } from './serializer-option.js';

type MethodName = Exclude<
  { [Name in keyof Backend]-?: Backend[Name] extends (...args: never[]) => unknown ? Name : never }[keyof Backend],
  'connect' | 'expireUnless'
>;

type Method = (...args: never[]) => unknown;

/** The methods of what only some backends offer; `watch` may be missing. */
const FACETS = {
  versions: { read: true, compareAndSet: true },
  locks: { acquire: true, renew: true, release: true },
  fences: { take: true, store: true },
} satisfies {
  [Facet in 'versions' | 'locks' | 'fences']: { [Name in RequiredMethod<NonNullable<Backend[Facet]>>]: true };
};

type RequiredMethod<T> = { [Name in keyof T]-?: T[Name] extends Method ? Name : never }[keyof T];

/** An object, so that the compiler notices a method that is missing here. */
const METHODS: Record<MethodName, true> = {
  get: true,
  multiGet: true,
  set: true,
  multiSet: true,
  add: true,
  delete: true,
  exists: true,
  increment: true,
  expire: true,
  ttl: true,
  clear: true,
  raw: true,
  close: true,
};

const readClears = choiceReader(['prefix', 'namespace']);

export function isBackendFactory(value: unknown): value is BackendFactory {
  return isRecord(value) && typeof value['create'] === 'function' && typeof value['backendName'] === 'string';
}

/** @throws ConfigError that lists what is missing of a `Backend` */
export function checkBackend(value: unknown, path: string): Backend {
  if (!isRecord(value)) throw mistyped(value, path, 'give an object that implements Backend');
  const missing = Object.keys(METHODS).filter((name) => typeof value[name] !== 'function');
  if (missing.length > 0) {
    throw new ConfigError(`${path} is no Backend: it lacks ${missing.map((name) => `${name}()`).join(', ')}`);
  }
  readName(value['name'], `${path}.name`);
  checkCapabilities(value['capabilities'], `${path}.capabilities`);
  for (const [facet, methods] of Object.entries(FACETS)) checkFacet(value[facet], methods, `${path}.${facet}`);
  return value as unknown as Backend;
}

function checkFacet(value: unknown, methods: object, path: string): void {
  if (value !== undefined) objectReader<Record<string, Method>>(Object.keys(methods))(value, path);
}

function checkCapabilities(value: unknown, path: string): void {
  if (!isRecord(value)) throw mistyped(value, path, 'give { wire, ttlResolutionMs, shared }');
  readWire(value['wire'], `${path}.wire`);
  if (typeof value['shared'] !== 'boolean') throw mistyped(value['shared'], `${path}.shared`, 'use true or false');
  if (value['clears'] !== undefined) readClears(value['clears'], `${path}.clears`);
  for (const name of ['ttlResolutionMs', 'maxKeyBytes', 'maxValueBytes']) {
    const limit = value[name];
    if (limit === undefined && name !== 'ttlResolutionMs') continue;
    if (typeof limit !== 'number') throw mistyped(limit, `${path}.${name}`, 'use a number above 0');
    if (!(limit > 0 && limit < Infinity))
      throw new ConfigError(`${path}.${name} is out of range; use a number above 0`);
  }
}
