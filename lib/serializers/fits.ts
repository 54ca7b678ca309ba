import type { WireKind } from '../contracts/serializer.js';

const RICHNESS: Record<WireKind, number> = { text: 0, bytes: 1, reference: 2 };

/** Whether a backend that holds `held` can hold what a serializer makes. */
export function fits(made: WireKind, held: WireKind): boolean {
  return RICHNESS[made] <= RICHNESS[held];
}
