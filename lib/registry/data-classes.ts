import { types } from 'node:util';
import type { Class } from '../command/stack-spec.js';
import { ConfigError } from '../errors.js';
import { mistyped, type Reader } from './readers.js';

const REMEDY = 'give a class of such values a toCacheKey(), or the decorator a `key`';

/**
 * Classes whose instances are nothing but their fields. What is built in, or extends it, keeps its content elsewhere:
 * all its instances would have one key.
 */
export const readDataClasses: Reader<readonly Class[]> = (value, path) => {
  if (!Array.isArray(value)) throw mistyped(value, path, 'use an array of classes');
  return Array.from(value, (item: unknown, index) => readDataClass(item, `${path}[${index}]`));
};

function readDataClass(value: unknown, path: string): Class {
  if (typeof value !== 'function') throw mistyped(value, path, 'use a class');
  const prototype: unknown = value.prototype;
  if (typeof prototype !== 'object' || prototype === null) throw new ConfigError(`${path} is no class; use a class`);
  const builtIn = 'toCacheKey' in prototype ? undefined : builtInBehind(prototype);
  if (builtIn === undefined) return value as unknown as Class;
  const problem = builtInOf(prototype) === undefined ? 'extends' : 'is';
  throw new ConfigError(`${path} ${problem} ${builtIn}, whose instances are more than their fields; ${REMEDY}`);
}

/** The name of the built-in class that objects with this prototype are instances of, `Object` excepted; a proxy may hide any. */
export function builtInBehind(prototype: object): string | undefined {
  for (let at: object | null = prototype; at !== null && at !== Object.prototype; at = parentOf(at)) {
    if (types.isProxy(at)) return 'a proxy'; // which would be asked
    const name = builtInOf(at);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** The name of the built-in class with this prototype. */
function builtInOf(prototype: object): string | undefined {
  const owner: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof owner !== 'function') return undefined;
  const { name } = owner;
  const global = Object.hasOwn(globalThis, name) && (globalThis as Record<string, unknown>)[name] === owner;
  // Those of `Intl` and `WebAssembly`, and what Node's modules are built on, are no globals.
  return global || NATIVE.test(Function.prototype.toString.call(owner)) ? name || 'a built-in class' : undefined;
}

const NATIVE = /\{\s*\[native code\]\s*\}$/;

function parentOf(prototype: object): object | null {
  return Object.getPrototypeOf(prototype) as object | null;
}
