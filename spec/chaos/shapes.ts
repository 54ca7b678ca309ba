/**
 * What an entry is invalidated by. `own` = by its key, and one process alone uses it. Nobody sees it again after that was
 * acknowledged, but for those who join what is under way in another process, and for copies there.
 */
export type Promised = 'keys' | 'tags' | 'own';

/** How a kind of call caches, and what is promised of it. */
export interface Shape {
  readonly promised: Promised;
  readonly ttlMs: number;
  readonly jitter: number;
  /** The longer of `staleWhileRevalidate` and `staleIfError`. */
  readonly staleMs: number;
  /** Entries are plain, hence without a checksum. */
  readonly plain: boolean;
  /** Per tenant. */
  readonly keys: number;
  /** The longest wait for the loader. */
  readonly hardMs?: number;
  /** Waits for the load of another process, for as long as that takes. */
  readonly leased?: boolean;
  /** Its loader may say that what is kept is still good: then it is as old as it is. */
  readonly revalidated?: boolean;
}

/** What every worker calls, in one place: the decorators of the shop and the oracles read the same numbers. */
export const SHAPES = {
  profile: { promised: 'keys', ttlMs: 2_000, jitter: 0.2, staleMs: 6_000, plain: false, keys: 60 },
  article: { promised: 'tags', ttlMs: 3_000, jitter: 0.1, staleMs: 9_000, plain: false, keys: 60 },
  price: { promised: 'tags', ttlMs: 4_000, jitter: 0, staleMs: 3_000, plain: false, keys: 40 },
  stock: { promised: 'tags', ttlMs: 3_000, jitter: 0.2, staleMs: 3_000, plain: false, keys: 40 },
  session: { promised: 'own', ttlMs: 5_000, jitter: 0, staleMs: 0, plain: true, keys: 30 },
  report: { promised: 'keys', ttlMs: 3_000, jitter: 0, staleMs: 0, plain: true, keys: 5, leased: true },
  feed: { promised: 'tags', ttlMs: 1_000, jitter: 0.1, staleMs: 5_000, plain: false, keys: 20, revalidated: true },
  quote: { promised: 'tags', ttlMs: 2_000, jitter: 0.1, staleMs: 0, plain: false, keys: 20, hardMs: 1_200 },
} as const satisfies Readonly<Record<string, Shape>>;

export type ShapeName = keyof typeof SHAPES;

export const SHAPE_NAMES = Object.keys(SHAPES) as readonly ShapeName[];

export const TENANTS = 4;

export function shapeOf(name: ShapeName): Shape {
  return SHAPES[name];
}

export function shapeOfKey(key: string): ShapeName {
  return key.slice(0, key.indexOf('/')) as ShapeName;
}

/** `article/t3/17` → `article/t3`: what a tag of its own may invalidate at once. */
export function groupOf(key: string): string {
  return key.slice(0, key.lastIndexOf('/'));
}
