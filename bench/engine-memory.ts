import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const STORES = ['lru-cache', 'cachewright, lru', 'cachewright, adaptive'];

export interface Footprint {
  readonly name: string;
  /** Bytes per entry beyond key and value. */
  readonly bytes: number;
}

export interface Expiring {
  readonly entries: number;
  /** How late the event loop was, in ms: 99th percentile, and at most. */
  readonly p99Ms: number;
  readonly longestMs: number;
  /** From the end of their lifetime until the last of them was gone, in ms. */
  readonly tookMs: number;
  /** Which part of the memory came back, of 1. */
  readonly back: number;
}

/** What it does to a process that many entries expire together which nobody asks for any more. */
export function measureExpiry(entries: number): Expiring {
  return { entries, ...(JSON.parse(run('./expiry-process.js', String(entries))) as Omit<Expiring, 'entries'>) };
}

/** What full caches take per entry, each in a process of its own, so that none pays for another one's rubbish. */
export function measureFootprints(entries: number): Footprint[] {
  return STORES.map((name) => ({ name, bytes: Number(run('./footprint-process.js', name, String(entries))) }));
}

function run(script: string, ...args: string[]): string {
  const program = fileURLToPath(new URL(script, import.meta.url));
  return execFileSync(process.execPath, ['--expose-gc', program, ...args], { encoding: 'utf8' });
}
