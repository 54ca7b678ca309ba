import type { CacheCase } from './case.js';
import { closingCases } from './closing.js';
import { commandCases } from './commands.js';
import { countingCases } from './counting.js';
import { disablingCases } from './disabling.js';
import { keyCases } from './keys.js';
import { lifetimeCases } from './lifetimes.js';
import { limitCases } from './limits.js';
import { loadingCases } from './loading.js';
import { mistakeCases } from './mistakes.js';
import { namespaceCases } from './namespaces.js';
import { overtakenLoadCases } from './overtaken-loads.js';
import { valueCases } from './values.js';

/** Every rule for caches. */
export const CACHE_CASES: readonly CacheCase[] = [
  ...valueCases,
  ...commandCases,
  ...countingCases,
  ...lifetimeCases,
  ...keyCases,
  ...namespaceCases,
  ...limitCases,
  ...mistakeCases,
  ...disablingCases,
  ...loadingCases,
  ...overtakenLoadCases,
  ...closingCases,
];
