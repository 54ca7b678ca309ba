import type { TagMark } from '../entries/framed.js';
import { chain, isPending, type MaybePromise } from '../util/maybe-promise.js';

/** What an invalidation concerns: these final keys, all that begin with a prefix, or those of them that have one of these tags. */
export type FenceScope =
  { readonly keys: readonly string[] } | { readonly prefix: string; readonly tags?: ReadonlySet<string> };

/** A scope of many keys. */
interface Batch {
  readonly keys: readonly string[];
  /** Made when somebody asks. */
  set?: ReadonlySet<string>;
}

const FEW = 8;

function isBatch(scope: { readonly keys: readonly string[] }): scope is Batch {
  return scope.keys.length > FEW;
}

function holds(batch: Batch, key: string): boolean {
  batch.set ??= new Set(batch.keys);
  return batch.set.has(key);
}

/** A load under way, as the fence sees it. */
export interface FencedLoad {
  readonly finalKey: string;
  /** The write of the loaded value, while it is under way. */
  readonly storing: Promise<unknown> | undefined;
  /** Another load of the same key. Belongs to the fence. */
  next: FencedLoad | undefined;
  /** Whether its value may get one of these tags. */
  mayHave(tags: ReadonlySet<string>): boolean;
  /** An invalidation overlaps this load: it must not be stored, nor joined by later calls. */
  fence(): void;
  /** These tags were invalidated: later calls must not join it. Whether it can be stored, their marks will tell. */
  seclude(tags: ReadonlySet<string>): void;
}

/** Whoever keeps something else that invalidations outdate. */
export interface FenceWatcher {
  /** By which others know what it tells them. */
  readonly senderId?: string | undefined;
  /** An invalidation begins … */
  began(scope: FenceScope): void;
  /** … and has ended, well or not. */
  ended(scope: FenceScope): void;
}

/**
 * Keeps a load that began before an invalidation from being stored after it. One per store and process: all caches on
 * the same backend share it. An invalidation fences the loads of its keys when it begins and when it ends, and none
 * of theirs may be stored in between.
 */
export class Fence {
  /** By key; those of one key are chained, newest first. */
  readonly #loads = new Map<string, FencedLoad>();
  readonly #keys = new Map<string, number>();
  readonly #prefixes = new Map<string, number>();
  /** Of many keys at once: each is asked, where counting every key would cost as much as the command. */
  readonly #batches = new Set<Batch>();
  /** By the prefix of their namespace and their name. */
  readonly #tags = new Map<string, number>();
  readonly #watchers = new Set<FenceWatcher>();

  /** Nothing is being loaded, and nobody watches: an invalidation that ends in the same turn concerns nobody. */
  get idle(): boolean {
    return this.#loads.size === 0 && this.#watchers.size === 0;
  }

  /** Tells `watcher` of every invalidation from now on. Answers how to stop. */
  watch(watcher: FenceWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Whether one of those who watch said this: of what it was about, they all were told here, and earlier. */
  told(sender: string): boolean {
    for (const watcher of this.#watchers) if (watcher.senderId === sender) return true;
    return false;
  }

  enter(load: FencedLoad): void {
    load.next = this.newest(load.finalKey);
    this.#loads.set(load.finalKey, load);
  }

  leave(load: FencedLoad): void {
    const newest = this.#loads.get(load.finalKey);
    if (newest === load) {
      if (load.next === undefined) this.#loads.delete(load.finalKey);
      else this.#loads.set(load.finalKey, load.next);
    } else {
      for (let other = newest; other !== undefined; other = other.next) if (other.next === load) other.next = load.next;
    }
    load.next = undefined;
  }

  /** The load of this key that began last; the others hang on it. */
  newest(finalKey: string): FencedLoad | undefined {
    return this.#loads.size === 0 ? undefined : this.#loads.get(finalKey);
  }

  /** Whether an invalidation of one of these tags is under way. Which entries have them shows only when those are read. */
  blocksTags(prefix: string, tags: readonly TagMark[]): boolean {
    return this.#tags.size > 0 && tags.some(([tag]) => this.#tags.has(prefix + tag));
  }

  /** No invalidation of keys is under way. */
  get open(): boolean {
    return this.#keys.size === 0 && this.#prefixes.size === 0 && this.#batches.size === 0;
  }

  /** Whether an invalidation of this key is under way: what is stored under it now cannot be trusted, nor replaced. */
  blocks(finalKey: string): boolean {
    if (this.#keys.size > 0 && this.#keys.has(finalKey)) return true;
    if (this.#prefixes.size > 0) {
      for (const prefix of this.#prefixes.keys()) if (finalKey.startsWith(prefix)) return true;
    }
    for (const batch of this.#batches) if (holds(batch, finalKey)) return true;
    return false;
  }

  /**
   * An invalidation begins. Answers a promise when writes of loaded values are under way that it must come after.
   * Every `begin` needs its {@link end}.
   */
  begin(scope: FenceScope): MaybePromise<void> {
    if ('prefix' in scope) {
      if (scope.tags === undefined) count(this.#prefixes, scope.prefix);
      else for (const tag of scope.tags) count(this.#tags, scope.prefix + tag);
    } else if (isBatch(scope)) this.#batches.add(scope);
    else for (const key of scope.keys) count(this.#keys, key);
    for (const watcher of this.#watchers) watcher.began(scope);
    const writes = this.#fence(scope);
    return writes.length === 0 ? undefined : Promise.allSettled(writes).then(() => undefined);
  }

  end(scope: FenceScope): void {
    void this.#fence(scope);
    if ('prefix' in scope) {
      if (scope.tags === undefined) uncount(this.#prefixes, scope.prefix);
      else for (const tag of scope.tags) uncount(this.#tags, scope.prefix + tag);
    } else if (isBatch(scope)) this.#batches.delete(scope);
    else for (const key of scope.keys) uncount(this.#keys, key);
    for (const watcher of this.#watchers) watcher.ended(scope);
  }

  /** Somebody else changed this: loads that began before must not be stored, nor joined. */
  outdate(scope: FenceScope): void {
    void this.#fence(scope);
  }

  #fence(scope: FenceScope): Promise<unknown>[] {
    const writes: Promise<unknown>[] = [];
    if (this.#loads.size === 0) return writes;
    const tags = 'prefix' in scope ? scope.tags : undefined;
    for (const newest of this.#concerned(scope)) {
      for (let load: FencedLoad | undefined = newest, next: FencedLoad | undefined; load !== undefined; load = next) {
        next = load.next;
        if (tags !== undefined && !load.mayHave(tags)) continue;
        if (load.storing !== undefined) writes.push(load.storing);
        if (tags === undefined) load.fence();
        else load.seclude(tags);
      }
    }
    return writes;
  }

  *#concerned(scope: FenceScope): Iterable<FencedLoad> {
    if ('prefix' in scope) {
      for (const [key, newest] of this.#loads) if (key.startsWith(scope.prefix)) yield newest;
      return;
    }
    for (const key of scope.keys) {
      const newest = this.#loads.get(key);
      if (newest !== undefined) yield newest;
    }
  }
}

/** Runs a change that no load of this scope may overtake. Waiting for earlier writes is part of it, so a limit has to stand around both. */
export function fenced<T>(fence: Fence, scope: FenceScope, change: () => MaybePromise<T>): MaybePromise<T> {
  const earlierWrites = fence.begin(scope);
  let changed: MaybePromise<T>;
  try {
    changed = chain(earlierWrites, change);
  } catch (error) {
    fence.end(scope);
    throw error;
  }
  if (isPending(changed)) return changed.finally(() => fence.end(scope));
  fence.end(scope);
  return changed;
}

/** Fences by the text that identifies a store: two caches on one server must see each other's invalidations. */
const fencesByName = new Map<unknown, Fence>();
const fencesByObject = new WeakMap<object, Fence>();

/** The fence of the store with this identity. Process-wide on purpose; one small object per server. */
export function fenceOf(identity: unknown): Fence {
  const fences: Pick<Map<unknown, Fence>, 'get' | 'set'> = typeof identity === 'object' && identity !== null
    ? (fencesByObject as never)
    : fencesByName;
  let fence = fences.get(identity);
  if (fence === undefined) fences.set(identity, (fence = new Fence()));
  return fence;
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function uncount<Key>(counts: Map<Key, number>, key: Key): void {
  const left = (counts.get(key) ?? 0) - 1;
  if (left > 0) counts.set(key, left);
  else counts.delete(key);
}
