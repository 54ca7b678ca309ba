import { endingIn, type EntryFacts, Framed } from '../entries/framed.js';
import { looksFramed, openFrame, readFrame, writeFrame } from '../entries/wire-frame.js';
import type { Wire } from '../contracts/backend.js';
import type { Clock } from '../util/clock.js';
import type { Codec } from './codec.js';

/** A plain value whose written form looks like a frame is framed itself, and this is what is known of it: nothing. */
const NOTHING: EntryFacts = { createdAt: 0, freshUntil: Infinity, keptUntil: Infinity, costMs: 0, tags: [] };

/** How entries are written for one store: plain, or with what is known of them around their value. */
export class EntryForm {
  /** How many entries were found that could not be trusted: damaged, or written by another serializer or a newer version. */
  discarded = 0;

  /** @param clock of the times in the facts: entries of a shared store are compared between machines */
  constructor(readonly clock: Clock) {}

  /** @param facts `undefined` = a plain value: what other programs can read */
  encode(finalKey: string, value: unknown, codec: Codec, facts: EntryFacts | undefined): Wire {
    const wire = codec.encode(value);
    if (codec.wire === 'reference') return facts === undefined ? wire : new Framed(wire, facts);
    if (facts === undefined && !looksFramed(wire)) return wire;
    return codec.fitting(writeFrame(finalKey, wire as string | Uint8Array, codec.name, facts ?? NOTHING));
  }

  /** The value, {@link Framed} where it was written so; `undefined` for nothing, and for what cannot be trusted. */
  decode(finalKey: string, wire: Wire, codec: Codec): unknown {
    if (codec.wire === 'reference') return wire instanceof Framed ? decoded(wire, codec) : codec.decode(wire);
    if (!looksFramed(wire)) return codec.decode(wire);
    const frame = readFrame(finalKey, wire, codec.name);
    if (typeof frame !== 'string') return new Framed(codec.decode(frame.payload), frame.facts);
    this.discarded++;
    return undefined;
  }

  /**
   * What is stored, with another end; `undefined` = it does not say when it ends, or cannot be trusted.
   * @param ttlMs from now on; `undefined` = it never ends
   */
  renewed(finalKey: string, wire: Wire, ttlMs: number | undefined): Renewed | undefined {
    const renew = (was: EntryFacts) => ({ was, facts: endingIn(ttlMs, was, this.clock.now()) });
    if (wire instanceof Framed) {
      const ends = renew(wire.facts);
      return { ...ends, wire: new Framed(wire.value, ends.facts) };
    }
    const frame = looksFramed(wire) ? openFrame(finalKey, wire) : 'damaged';
    if (typeof frame === 'string') return undefined;
    const ends = renew(frame.facts);
    return { ...ends, wire: writeFrame(finalKey, frame.payload, frame.serializer, ends.facts) };
  }
}

/** An entry with another end. */
export interface Renewed {
  readonly wire: Wire;
  readonly facts: EntryFacts;
  /** What was known of it before. */
  readonly was: EntryFacts;
}

function decoded(framed: Framed, codec: Codec): Framed {
  const value = codec.decode(framed.value);
  return value === framed.value ? framed : new Framed(value, framed.facts);
}
