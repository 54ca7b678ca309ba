import { types } from 'node:util';
import type { Class } from '../command/stack-spec.js';

/** The class whose instances have this prototype; `undefined` when it does not say. Runs no code of the object's. */
export function classOf(prototype: object): Class | undefined {
  if (types.isProxy(prototype)) return undefined;
  const { value } = Object.getOwnPropertyDescriptor(prototype, 'constructor') ?? {};
  return typeof value === 'function' && value.prototype === prototype ? (value as Class) : undefined;
}

/** The class's name, `''` when it has none. */
export function className(owner: Class): string {
  const name: unknown = Object.getOwnPropertyDescriptor(owner, 'name')?.value;
  return typeof name === 'string' ? name : '';
}

/** Who goes by which name, as long as they live: two classes of one name must not share keys without anybody noticing. */
export class LiveNames {
  readonly #owners = new Map<string, WeakRef<object>>();

  /** Whether `name` is `owner`'s from now on; `false` while another living object has it. */
  claim(name: string, owner: object): boolean {
    const holder = this.#owners.get(name)?.deref();
    if (holder === undefined) this.#owners.set(name, new WeakRef(owner));
    return holder === undefined || holder === owner;
  }
}
