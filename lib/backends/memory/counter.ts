import type { WireKind } from '../../contracts/serializer.js';
import { NotANumberError } from '../../errors.js';
import { parseDecimal, parseDecimalBytes } from '../../util/decimal.js';

/** @throws NotANumberError when what is stored is no counter, or the sum is too large to be exact */
export function addTo(stored: unknown, delta: number, wire: WireKind): number {
  const current = readCounter(stored, wire);
  if (current === undefined) throw new NotANumberError('increment: the stored value is not a safe integer');
  const sum = current + delta;
  if (!Number.isSafeInteger(sum)) throw new NotANumberError('increment: the result would not be a safe integer');
  return sum;
}

/** A counter as values of this kind are stored: a number, or decimal text. */
export function writeCounter(count: number, wire: WireKind): unknown {
  if (wire === 'reference') return count;
  return wire === 'text' ? String(count) : Buffer.from(String(count), 'latin1');
}

function readCounter(stored: unknown, wire: WireKind): number | undefined {
  if (wire === 'reference') return Number.isSafeInteger(stored) ? (stored as number) : undefined;
  if (typeof stored === 'string') return parseDecimal(stored);
  return stored instanceof Uint8Array ? parseDecimalBytes(stored) : undefined;
}
