const DECIMAL = /^-?(?:0|[1-9][0-9]{0,15})$/;
const LONGEST = 17;

/** The safe integer that `text` spells exactly as `String` would, else `undefined`: `-0`, `007` and `+1` are none. */
export function parseDecimal(text: string): number | undefined {
  if (text.length > LONGEST || !DECIMAL.test(text)) return undefined;
  const number = Number(text);
  return Number.isSafeInteger(number) && !Object.is(number, -0) ? number : undefined;
}

/** Like {@link parseDecimal}, for ASCII bytes. */
export function parseDecimalBytes(bytes: Uint8Array): number | undefined {
  if (bytes.length === 0 || bytes.length > LONGEST || !startsDecimal(bytes[0]!)) return undefined;
  return parseDecimal(String.fromCharCode(...bytes));
}

/** Whether `value` is spelt by {@link parseDecimal}'s rule. Not so `-0`. */
export function isDecimal(value: unknown): value is number {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

function startsDecimal(byte: number): boolean {
  return byte === 0x2d || (byte >= 0x30 && byte <= 0x39);
}
