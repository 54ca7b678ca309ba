import { SHARED_TIERS, type StackName, STACKS } from '../stack.js';
import { CLUSTER_FAULTS } from './cluster.js';
import { DATA_FAULTS } from './data.js';
import type { FaultKind } from './kind.js';
import { LIMIT_FAULTS } from './limits.js';
import { NETWORK_FAULTS } from './network.js';
import { PROCESS_FAULTS } from './processes.js';
import { SERVER_FAULTS } from './servers.js';

export type { FaultKind } from './kind.js';

const FAULTS: readonly FaultKind[] = [
  ...SERVER_FAULTS,
  ...NETWORK_FAULTS,
  ...LIMIT_FAULTS,
  ...DATA_FAULTS,
  ...PROCESS_FAULTS,
  ...CLUSTER_FAULTS,
];

/** What can go wrong with a stack. */
export function faultsOf(stack: StackName): readonly FaultKind[] {
  const possible = FAULTS.filter(({ stacks = STACKS }) => stacks.includes(stack));
  return stack === 'three-tiers' ? possible.flatMap(toEachTier) : possible;
}

/** What happens to a server, or to the way there, happens to the one with copies and to the one with the entries. */
function toEachTier(kind: FaultKind): readonly FaultKind[] {
  if (PROCESS_FAULTS.includes(kind)) return [kind];
  return SHARED_TIERS.map((tier) => ({ ...kind, name: `${kind.name} (${tier})`, tier }));
}
