import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const STORES = ['lru-cache', 'cachewright, lru', 'cachewright, adaptive'];

export interface Footprint {
  readonly name: string;
  /** Bytes per entry beyond key and value. */
  readonly bytes: number;
}

/** What full caches take per entry, each in a process of its own, so that none pays for another one's rubbish. */
export function measureFootprints(entries: number): Footprint[] {
  const program = fileURLToPath(new URL('./footprint-process.js', import.meta.url));
  return STORES.map((name) => {
    const bytes = execFileSync(process.execPath, ['--expose-gc', program, name, String(entries)], { encoding: 'utf8' });
    return { name, bytes: Number(bytes) };
  });
}
