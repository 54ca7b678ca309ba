import type { Wire } from '../contracts/backend.js';
import { ConfigError } from '../errors.js';

/** What becomes of a stored value on its way back. Never called for a miss. */
export type Damage = (wire: Wire) => Wire;

/**
 * Damage as memory and networks do it: one bit of each value is the wrong way round, at a place that follows from `seed`.
 * Text stays text, one of its characters is another one.
 * @param seed any whole number; the same seed and the same reads give the same damage
 */
export function flippedBit(seed = 1): Damage {
  const random = mulberry32(seed);
  return (wire) => {
    if (typeof wire === 'string') return flipText(wire, random);
    if (wire instanceof Uint8Array) return flipBytes(wire, random);
    throw new ConfigError('corrupt flips bits of text and bytes; give the cache a serializer, or say how to damage');
  };
}

function flipText(text: string, random: () => number): string {
  if (text === '') return '\u0001';
  const at = Math.floor(random() * text.length);
  // Only bits of ASCII: a surrogate that loses its other half is a damage that no text on a wire can have.
  const flipped = String.fromCharCode(text.charCodeAt(at) ^ (1 << Math.floor(random() * 7)));
  return text.slice(0, at) + flipped + text.slice(at + 1);
}

function flipBytes(bytes: Uint8Array, random: () => number): Uint8Array {
  const damaged = Buffer.from(bytes);
  if (damaged.length === 0) return Buffer.from([1]);
  const at = Math.floor(random() * damaged.length);
  damaged[at]! ^= 1 << Math.floor(random() * 8);
  return damaged;
}

/** Numbers from 0 to 1. Source: Tommy Ettinger's mulberry32 (public domain). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
