import type { Wire } from '../../contracts/backend.js';
import { Framed } from '../../entries/framed.js';
import { chain, ignoreRejection, isPending, type MaybePromise } from '../../util/maybe-promise.js';
import { attempt } from '../attempt.js';
import type { Call } from '../call.js';
import { open, openMany } from '../reading.js';
import type { Stack } from '../stack.js';
import type { Moment, NearTier } from './near-tier.js';

/** What is stored under a key: the near copy if there is one, else what the shared store has, of which a copy is kept. */
export function read(stack: Stack, finalKey: string, namespace: string | undefined, call: Call): MaybePromise<unknown> {
  const tier = tierFor(stack, call);
  const copy = tier?.find(finalKey, stack.keys.prefix(namespace));
  if (copy !== undefined) return copy;
  const moment = tier?.moment();
  const found = readShared(stack, finalKey, namespace, call);
  if (moment === undefined) return found;
  return chain(found, (value) => {
    keep(stack, tier!, finalKey, namespace, value, moment);
    return value;
  });
}

/** The same for many keys: the shared store is asked once, for those of which there is no copy. */
export function readMany(
  stack: Stack,
  finalKeys: readonly string[],
  namespace: string | undefined,
  call: Call,
): MaybePromise<unknown[]> {
  const tier = tierFor(stack, call);
  if (tier === undefined) return readManyShared(stack, finalKeys, namespace, call);
  const prefix = stack.keys.prefix(namespace);
  const values = finalKeys.map((key) => tier.find(key, prefix));
  const missing = finalKeys.filter((_, index) => values[index] === undefined);
  if (missing.length === 0) return values;
  const moment = tier.moment();
  return chain(readManyShared(stack, missing, namespace, call), (found) => {
    found.forEach((value, index) => keep(stack, tier, missing[index]!, namespace, value, moment));
    let next = 0;
    return values.map((value) => (value === undefined ? found[next++] : value));
  });
}

/** Copies are of values as the cache's own serializer reads them. */
function tierFor(stack: Stack, call: Call): NearTier | undefined {
  return call.codec === stack.codec ? stack.tier : undefined;
}

function readShared(stack: Stack, finalKey: string, namespace: string | undefined, call: Call): MaybePromise<unknown> {
  const wire = stack.backend.get(finalKey, call);
  if (!isPending(wire)) return open(stack, finalKey, namespace, wire, call);
  return wire.then((late: Wire) => open(stack, finalKey, namespace, late, call));
}

function readManyShared(
  stack: Stack,
  finalKeys: readonly string[],
  namespace: string | undefined,
  call: Call,
): MaybePromise<unknown[]> {
  return chain(stack.backend.multiGet(finalKeys, call), (wires) => openMany(stack, finalKeys, namespace, wires, call));
}

/**
 * A copy must not outlive its entry, and only the store knows how long that will live: a plain value does not say, and what a
 * framed one says may have been cut short by `expire`. Nobody waits for that.
 */
function keep(
  stack: Stack,
  tier: NearTier,
  finalKey: string,
  namespace: string | undefined,
  found: unknown,
  moment: Moment,
): void {
  if (found === undefined) return;
  // Of what is stale no copy is kept anyway.
  if (found instanceof Framed && found.facts.freshUntil <= stack.form.clock.now()) return;
  const copy = tier.own(found);
  if (copy === undefined) return;
  const { timeoutMs } = stack.spec;
  const how = { name: 'ttl', namespace, timeoutMs, signal: undefined };
  const asked = attempt(stack, how, (call) => stack.backend.ttl(finalKey, call));
  ignoreRejection(
    asked.then((leftMs) => {
      if (leftMs !== undefined) tier.keep(finalKey, copy, leftMs ?? undefined, moment);
    }),
  );
}
