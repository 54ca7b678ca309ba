import type { WireKind } from '../contracts/serializer.js';
import { isPending } from '../util/maybe-promise.js';
import { readableOnce } from '../util/readable-once.js';

/**
 * Why no serializer can keep `value` (most would make `{}` of it, and say nothing), or `undefined`.
 * @throws what a proxy throws that does not let itself be looked at
 */
export function unstorable(value: unknown, wire: WireKind): string | undefined {
  if (value === undefined) return 'undefined means a miss and cannot be stored; store null instead';
  if (typeof value !== 'object' || value === null) return undefined;
  if (isPending(value)) return 'a promise cannot be stored; await it first';
  const once = readableOnce(value);
  if (once !== undefined) return `${once} can be read once only and cannot be stored; read it, and store what it held`;
  if (wire !== 'reference' && isObservable(value)) return 'an observable cannot be stored; store what it emits';
  return undefined;
}

function isObservable(value: object): boolean {
  return '@@observable' in value || ('observable' in Symbol && (Symbol.observable as symbol) in value);
}
