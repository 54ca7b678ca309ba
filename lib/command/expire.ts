import type { Wire } from '../contracts/backend.js';
import type { EntryFacts } from '../entries/framed.js';
import { FRAME_BEGINNING } from '../entries/wire-frame.js';
import { UnsupportedCommandError } from '../errors.js';
import { chain, type MaybePromise } from '../util/maybe-promise.js';
import { Call } from './call.js';
import type { Stack } from './stack.js';

/**
 * Sets when an entry ends; answers whether the key is there. An entry that says itself when it ends is written anew, unless
 * somebody changes it meanwhile. Plain ones are not read where the store can tell them apart.
 * @param ttlMs `undefined` lifts the end
 * @throws UnsupportedCommandError when the entry says itself when it ends, would live longer, and the store cannot compare and set
 */
export function expire(stack: Stack, finalKey: string, ttlMs: number | undefined, call: Call): MaybePromise<boolean> {
  const done = stack.backend.expireUnless?.(finalKey, ttlMs, FRAME_BEGINNING, call);
  return chain(done, (found) => found ?? expireRead(stack, finalKey, ttlMs, asStored(stack, call)));
}

function expireRead(stack: Stack, finalKey: string, ttlMs: number | undefined, call: Call): MaybePromise<boolean> {
  const { backend, form } = stack;
  const { versions } = backend;
  if (versions === undefined) return expireUnversioned(stack, finalKey, ttlMs, call);
  return chain(versions.read(finalKey, call), ({ wire, version }) => {
    if (wire === undefined) return false;
    const renewed = form.renewed(finalKey, wire, ttlMs);
    if (renewed === undefined) return backend.expire(finalKey, ttlMs, call);
    const next = call.codec.fitting(renewed.wire);
    const written = versions.compareAndSet(finalKey, version, next, leftMs(stack, renewed.facts), call);
    // Whoever was faster may have written something plain. When nobody waits any more it is not tried again.
    return chain(written, (done) => done !== undefined || call.abandoned || expire(stack, finalKey, ttlMs, call));
  });
}

/** Without compare-and-set a newer value could be overwritten, so only the store's own end can be changed: that makes it end earlier. */
function expireUnversioned(
  stack: Stack,
  finalKey: string,
  ttlMs: number | undefined,
  call: Call,
): MaybePromise<boolean> {
  const { backend, form, name, spec } = stack;
  return chain(backend.get(finalKey, call), (wire: Wire) => {
    const until = wire === undefined ? undefined : form.renewed(finalKey, wire, ttlMs);
    if (until !== undefined && until.facts.freshUntil > until.was.freshUntil) {
      throw new UnsupportedCommandError(
        `expire: the entry has tags or a freshness option, and backend ${spec.backend.name} cannot compare and set, so it cannot live longer; store it anew`,
        { cache: name },
      );
    }
    return backend.expire(finalKey, ttlMs, call);
  });
}

/** How long the store is to keep an entry from now on. */
function leftMs(stack: Stack, { keptUntil }: EntryFacts): number | undefined {
  if (keptUntil === Infinity) return undefined;
  // Moments so far away are rounded.
  return stack.ttlMs(Math.min(Math.max(keptUntil - stack.form.clock.now(), 1), Number.MAX_SAFE_INTEGER));
}

/** The call, as one that reads what is stored as it stands there: another serializer than the call's may have made it. */
function asStored(stack: Stack, call: Call): Call {
  const own = call === stack.sharedCall ? new Call(call.codec, stack.keys, undefined) : call;
  own.wire = stack.capabilities.wire;
  return own;
}
