import type { WireKind } from '../../contracts/serializer.js';
import type { ConformanceCase } from '../suite.js';
import type { BackendTrial } from './trial.js';

/** A rule for backends. */
export interface BackendCase extends ConformanceCase<BackendTrial> {
  /** The kinds of wire it is about. Default: all that the backend holds. */
  readonly wires?: readonly WireKind[];
  /** What it is about, where only some backends offer that. */
  readonly facet?: 'locks' | 'versions' | 'fences' | 'expireUnless';
  /** Deletes everything in the store. */
  readonly clearsAll?: true;
}
