import { addingCases } from './adding.js';
import { batchCases } from './batches.js';
import type { BackendCase } from './case.js';
import { clearingCases } from './clearing.js';
import { concurrencyCases } from './concurrency.js';
import { countingCases } from './counting.js';
import { deletingCases } from './deleting.js';
import { fencingCases } from './fencing.js';
import { lifecycleCases } from './lifecycle.js';
import { lifetimeCases } from './lifetimes.js';
import { lockingCases } from './locking.js';
import { valueCases } from './values.js';
import { versioningCases } from './versioning.js';

/** Every rule for backends. */
export const BACKEND_CASES: readonly BackendCase[] = [
  ...valueCases,
  ...batchCases,
  ...addingCases,
  ...deletingCases,
  ...countingCases,
  ...lifetimeCases,
  ...clearingCases,
  ...concurrencyCases,
  ...lockingCases,
  ...versioningCases,
  ...fencingCases,
  ...lifecycleCases,
];
