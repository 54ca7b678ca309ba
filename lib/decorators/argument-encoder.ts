import { types } from 'node:util';
import type { InvalidKeyError } from '../errors.js';
import { builtInBehind } from '../registry/data-classes.js';
import { disown } from '../util/maybe-promise.js';
import { builtinText, hasExtras, hasText } from './builtin-text.js';
import { className, classOf } from './class-names.js';
import type { KeyRules } from './key-rules.js';
import { REMEDY, refusal } from './key-rules.js';

const MAX_DEPTH = 200;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** The text of a primitive, `undefined` for everything else. No two primitives have the same. */
export function primitiveText(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value); // escapes lone surrogates, so the key stays well-formed
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'undefined':
      return String(value);
    default:
      return value === null ? 'null' : undefined;
  }
}

/**
 * Turns one argument list into text, such that equal texts mean equal arguments. Free text stands in quotes and brackets
 * are balanced, so no part can be mistaken for another. Only what an object *is* counts: no getter, no `toJSON`,
 * no `Symbol.toStringTag` and no proxy trap is run; `toCacheKey()` is the one method that is asked.
 */
export class ArgumentEncoder {
  readonly #rules: KeyRules;
  /** The objects being encoded, outermost first: meeting one again is a cycle. */
  readonly #ancestors: object[] = [];
  readonly #path: string[] = [];

  constructor(rules: KeyRules) {
    this.#rules = rules;
  }

  /** @throws InvalidKeyError when there is an argument no key can be made of */
  encode(args: ArrayLike<unknown>): string {
    return Array.from(args, (value, index) => this.#step(`[${index}]`, value)).join();
  }

  #step(step: string, value: unknown): string {
    this.#path.push(step);
    const text = this.#value(value);
    this.#path.pop();
    return text;
  }

  #value(value: unknown): string {
    const text = primitiveText(value);
    if (text !== undefined) return text;
    if (typeof value === 'function') throw this.#refused('a function');
    if (typeof value === 'symbol') throw this.#refused('a symbol');
    return this.#object(value as object);
  }

  #object(value: object): string {
    if (types.isProxy(value)) throw this.#refused('a proxy');
    if (this.#ancestors.includes(value)) throw this.#refused('part of a cycle');
    if (this.#ancestors.length >= MAX_DEPTH) throw this.#refused(`nested deeper than ${MAX_DEPTH} levels`);
    this.#ancestors.push(value);
    const text = this.#composite(value, Object.getPrototypeOf(value) as object | null);
    this.#ancestors.pop();
    return text;
  }

  #composite(value: object, prototype: object | null): string {
    if (prototype === null || prototype === Object.prototype) return this.#properties(value, true);
    if (prototype === Array.prototype && Array.isArray(value)) return this.#array(value);
    if (prototype === Map.prototype && types.isMap(value)) return this.#map(value);
    if (prototype === Set.prototype && types.isSet(value)) return this.#set(value);
    // Extras first: an own `global` of a regular expression would be asked for its flags.
    if (hasText(prototype)) this.#refuseExtras(value);
    return builtinText(value, prototype) ?? this.#instance(value, prototype);
  }

  /** @param closed whether properties that are not enumerable are refused, not just left out */
  #properties(value: object, closed: boolean): string {
    this.#refuseSymbolNames(value);
    const parts: string[] = [];
    for (const name of Object.getOwnPropertyNames(value).sort()) {
      const property = Object.getOwnPropertyDescriptor(value, name)!;
      if (property.enumerable) parts.push(`${JSON.stringify(name)}:${this.#property(`.${name}`, property)}`);
      else if (closed) throw this.#refused('an object with hidden properties');
    }
    return `{${parts.join()}}`;
  }

  #property(step: string, property: PropertyDescriptor): string {
    if ('value' in property) return this.#step(step, property.value);
    this.#path.push(step);
    throw this.#refused('computed by a getter');
  }

  #array(value: readonly unknown[]): string {
    this.#refuseSymbolNames(value);
    const names = Object.getOwnPropertyNames(value); // the indices in order, then `length`, then what else there is
    const count = names.indexOf('length');
    if (names.length > count + 1) throw this.#refused('an array with named properties');
    const parts: string[] = [];
    let next = 0;
    for (const name of names.slice(0, count)) {
      if (Number(name) > next) parts.push(holes(Number(name) - next));
      parts.push(this.#property(`[${name}]`, Object.getOwnPropertyDescriptor(value, name)!));
      next = Number(name) + 1;
    }
    if (value.length > next) parts.push(holes(value.length - next));
    return `[${parts.join()}]`;
  }

  #map(value: Map<unknown, unknown>): string {
    this.#refuseExtras(value);
    const parts: string[] = [];
    Map.prototype.forEach.call(value, (entry, key) => {
      const place = `.<entry ${parts.length + 1}>`;
      parts.push(`${this.#step(`${place}.<key>`, key)}=>${this.#step(place, entry)}`);
    });
    return `Map(${parts.join()})`;
  }

  #set(value: Set<unknown>): string {
    this.#refuseExtras(value);
    const parts: string[] = [];
    Set.prototype.forEach.call(value, (item) => {
      parts.push(this.#step(`.<item ${parts.length + 1}>`, item));
    });
    return `Set(${parts.join()})`;
  }

  #instance(value: object, prototype: object): string {
    const owner = classOf(prototype);
    const name = owner === undefined ? '' : className(owner);
    const toCacheKey = methodOf(value, 'toCacheKey');
    const isData = owner !== undefined && this.#rules.dataClasses.includes(owner);
    if (toCacheKey === undefined && !isData) {
      const remedy = builtInBehind(prototype) === undefined ? REMEDY.instance : REMEDY.builtIn;
      throw this.#refused(`an instance of ${name || 'an anonymous class'}`, remedy);
    }
    if (owner === undefined || name === '') {
      throw this.#refused('an instance of a class without a name', REMEDY.key);
    }
    if (!this.#rules.argumentClasses.claim(name, owner)) {
      throw this.#refused(`an instance of one of two classes named ${name}`, `rename one, or ${REMEDY.key}`);
    }
    const tag = IDENTIFIER.test(name) ? name : JSON.stringify(name);
    if (toCacheKey === undefined) return `@${tag}${this.#properties(value, false)}`;
    const answer = toCacheKey.call(value);
    disown(answer);
    return `@${tag}(${this.#step('.toCacheKey()', answer)})`;
  }

  #refuseSymbolNames(value: object): void {
    if (Object.getOwnPropertySymbols(value).length > 0) throw this.#refused('an object with symbols as property names');
  }

  #refuseExtras(value: object): void {
    if (hasExtras(value)) throw this.#refused('a built-in object with properties of its own');
  }

  #refused(problem: string, remedy: string = REMEDY.key): InvalidKeyError {
    return refusal(this.#rules, this.#path, problem, remedy);
  }
}

function holes(count: number): string {
  return count === 1 ? 'hole' : `hole*${count}`;
}

/** A method of the object or its classes, found without running getters or traps; `Object.prototype` is not asked. */
function methodOf(value: object, name: string): (() => unknown) | undefined {
  for (let at: object | null = value; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    if (types.isProxy(at)) return undefined;
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property !== undefined) return typeof property.value === 'function' ? property.value : undefined;
  }
  return undefined;
}
