/** From here on the server takes a lifetime for a date. */
const MAX_RELATIVE_S = 30 * 24 * 3_600;
/** In 2106: the last date that fits into the protocol. What would live longer ends then. */
const LAST_DATE_S = 2 ** 32 - 1;
/** Smaller flags are no dates, but something of another program's … */
const YEAR_2001_S = 1_000_000_000;
/** … or this: it never ends. 0 is what most programs write, whatever the lifetime; the lower half is where some note how they wrote the value. */
const NEVER = 0x0cac_0000;

/** The extras of a command that stores. */
export function storage(flags: number, expiration: number): Buffer {
  const extras = Buffer.allocUnsafe(8);
  extras.writeUInt32BE(flags, 0);
  extras.writeUInt32BE(expiration, 4);
  return extras;
}

/**
 * An entry's lifetime, as extras. The flags hold when it ends, in seconds of the Unix epoch: the server keeps that to
 * itself, and `ttl` has to be answered.
 */
export function lifetime(ttlMs: number | undefined): Buffer {
  return ttlMs === undefined ? until(0) : until(Math.min(Math.ceil((Date.now() + ttlMs) / 1_000), LAST_DATE_S));
}

/** The lifetime that ends then; 0 = never. */
export function until(endsAtS: number): Buffer {
  if (endsAtS === 0) return storage(NEVER, 0);
  // The server's clock ticks once a second, so a lifetime may lose up to one: it gets one more.
  const seconds = Math.max(1, Math.ceil(endsAtS - Date.now() / 1_000)) + 1;
  return storage(endsAtS, expirationOf(seconds));
}

/** So many whole seconds from now, as the server takes them. */
export function expirationOf(seconds: number): number {
  return seconds < MAX_RELATIVE_S ? seconds : Math.min(Math.floor(Date.now() / 1_000) + seconds, LAST_DATE_S);
}

/** When an entry with these extras ends, in seconds of the epoch; 0 = never, or unknown. */
export function endOf(extras: Buffer): number {
  const flags = flagsOf(extras);
  return flags < YEAR_2001_S ? 0 : flags;
}

/** Whether we wrote it: only then its flags tell when it ends. */
export function endIsKnown(extras: Buffer): boolean {
  const flags = flagsOf(extras);
  return flags === NEVER || flags >= YEAR_2001_S;
}

function flagsOf(extras: Buffer): number {
  return extras.length >= 4 ? extras.readUInt32BE(0) : 0;
}

/** The extras of a command that counts, on an entry that is there. */
export function counting(by: number): Buffer {
  const extras = Buffer.alloc(20, 0xff);
  extras.writeBigUInt64BE(BigInt(by), 0);
  return extras;
}
