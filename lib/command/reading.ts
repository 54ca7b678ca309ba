import type { Wire } from '../contracts/backend.js';
import { Framed } from '../entries/framed.js';
import { chain, type MaybePromise } from '../util/maybe-promise.js';
import type { Call } from './call.js';
import type { Stack } from './stack.js';

/** What is stored under a key: the value, {@link Framed} where more is known of it. An entry with an invalidated tag is none. */
export function open(
  stack: Stack,
  finalKey: string,
  namespace: string | undefined,
  wire: Wire,
  call: Call,
): MaybePromise<unknown> {
  const found = stack.form.decode(finalKey, wire, call.codec);
  if (!(found instanceof Framed) || found.facts.tags.length === 0) return found;
  const prefix = stack.keys.prefix(namespace);
  if (stack.fence.blocksTags(prefix, found.facts.tags)) return undefined;
  const valid = stack.tags.valid(prefix, [found.facts.tags]);
  return chain(valid, ([whole]) => (whole === true ? found : undefined));
}

/** The same for many keys, asking once for all tags. */
export function openMany(
  stack: Stack,
  finalKeys: readonly string[],
  namespace: string | undefined,
  wires: readonly (Wire | undefined)[],
  call: Call,
): MaybePromise<unknown[]> {
  let tagged = false;
  const prefix = stack.keys.prefix(namespace);
  const found = wires.map((wire, index) => {
    const value = stack.form.decode(finalKeys[index]!, wire, call.codec);
    if (!(value instanceof Framed) || value.facts.tags.length === 0) return value;
    if (stack.fence.blocksTags(prefix, value.facts.tags)) return undefined;
    tagged = true;
    return value;
  });
  if (!tagged) return found;
  const tags = found.map((value) => (value instanceof Framed ? value.facts.tags : []));
  const valid = stack.tags.valid(prefix, tags);
  return chain(valid, (whole) => found.map((value, index) => (whole[index] === true ? value : undefined)));
}

/** What a plain command gets to see of what was found: what is no longer fresh is a miss. */
export function shown(found: unknown, stack: Stack): unknown {
  if (!(found instanceof Framed)) return found;
  return stack.form.clock.now() < found.facts.freshUntil ? found.value : undefined;
}

/** The same for many: most of the time there is nothing to be hidden. */
export function shownMany(found: unknown[], stack: Stack): unknown[] {
  return found.some((value) => value instanceof Framed) ? found.map((value) => shown(value, stack)) : found;
}
