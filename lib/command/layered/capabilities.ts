import type { BackendCapabilities } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';

const RICHNESS: readonly WireKind[] = ['text', 'bytes', 'reference'];

/** What both of two backends can do. */
export function commonCapabilities(one: BackendCapabilities, other: BackendCapabilities): BackendCapabilities {
  const maxKeyBytes = smaller(one.maxKeyBytes, other.maxKeyBytes);
  const maxValueBytes = smaller(one.maxValueBytes, other.maxValueBytes);
  const wholeNamespaces = one.clears === 'namespace' || other.clears === 'namespace';
  return {
    wire: RICHNESS.find((wire) => one.wire === wire || other.wire === wire) ?? one.wire,
    ttlResolutionMs: Math.max(one.ttlResolutionMs, other.ttlResolutionMs),
    shared: one.shared && other.shared,
    ...(maxKeyBytes === undefined ? {} : { maxKeyBytes }),
    ...(maxValueBytes === undefined ? {} : { maxValueBytes }),
    ...(wholeNamespaces ? { clears: 'namespace' as const } : {}),
  };
}

function smaller(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : Math.min(one, other);
}
