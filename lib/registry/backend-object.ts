import type { Backend, BackendFactory } from '../contracts/backend.js';
import { ConfigError } from '../errors.js';
import { isRecord, mistyped, readName } from './readers.js';
import { readWire } from './serializer-option.js';

type MethodName = Exclude<
  { [Name in keyof Backend]-?: Backend[Name] extends (...args: never[]) => unknown ? Name : never }[keyof Backend],
  'connect'
>;

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
  return value as unknown as Backend;
}

function checkCapabilities(value: unknown, path: string): void {
  if (!isRecord(value)) throw mistyped(value, path, 'give { wire, ttlResolutionMs, shared }');
  readWire(value['wire'], `${path}.wire`);
  if (typeof value['shared'] !== 'boolean') throw mistyped(value['shared'], `${path}.shared`, 'use true or false');
  for (const name of ['ttlResolutionMs', 'maxKeyBytes', 'maxValueBytes']) {
    const limit = value[name];
    if (limit === undefined && name !== 'ttlResolutionMs') continue;
    if (typeof limit !== 'number') throw mistyped(limit, `${path}.${name}`, 'use a number above 0');
    if (!(limit > 0 && limit < Infinity))
      throw new ConfigError(`${path}.${name} is out of range; use a number above 0`);
  }
}
