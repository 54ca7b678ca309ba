import type { ConformanceCase } from '../suite.js';
import type { CacheTrial } from './trial.js';

/** A rule for caches. */
export interface CacheCase extends ConformanceCase<CacheTrial> {
  /** It holds only where counters can be read back (`true`), or only where they cannot (`false`). Default: everywhere. */
  readonly counters?: boolean;
}
