import type { Bus, BusListener, BusMessage } from '../../contracts/bus.js';
import type { Isolation } from '../../contracts/names.js';
import type { CopyStore } from '../../contracts/near.js';
import { Framed } from '../../entries/framed.js';
import type { Clock } from '../../util/clock.js';
import { isolate } from '../../util/isolation.js';
import { disown } from '../../util/maybe-promise.js';
import { RecentChanges } from '../../util/recent-changes.js';
import type { Fence, FenceScope, FenceWatcher } from '../fence.js';
import { LocalTags } from '../tags/local-tags.js';
import { NearCopy } from './near-copy.js';

/** How the near tier of a cache is built. */
export interface NearTierSpec {
  readonly store: CopyStore;
  /** Longest life of a copy, in ms: how long one may be outdated when nobody tells. `undefined` = as long as the entry lives. */
  readonly ttlMs: number | undefined;
  /** Makes what tells other processes, and is told by them; `undefined` = nobody does. */
  readonly bus: ((prefix: string) => Bus) | undefined;
  /** Whether closing the cache closes the bus. */
  readonly ownsBus: boolean;
}

/** When the shared store was asked. */
export interface Moment {
  readonly keys: number;
  readonly tags: number;
}

/** A tier that is closed waits this long for changes under way. */
const GOODBYE_MS = 250;

/** Beyond this many changed keys, reads under way from before are not kept. */
const MAX_CHANGES = 10_000;

/**
 * Copies of entries of a shared store in this process, as values that need no decoding. A copy is kept while the entry
 * is fresh, no longer than the tier's own lifetime, and only if nothing is known to have changed since the store was asked.
 */
export class NearTier implements FenceWatcher, BusListener {
  readonly store: CopyStore;
  readonly bus: Bus | undefined;
  readonly tags = new LocalTags();
  readonly #spec: NearTierSpec;
  readonly #fence: Fence;
  readonly #isolation: Isolation;
  readonly #entryClock: Clock;
  readonly #keys = new RecentChanges(MAX_CHANGES);
  /** Changes that have begun and not ended. */
  readonly #underWay = new Set<FenceScope>();
  #allEnded: (() => void) | undefined;
  #leave: (() => void) | undefined;
  #closed = false;

  /**
   * @param prefix of the cache's keys
   * @param entryClock of the times in the entries' facts
   */
  constructor(spec: NearTierSpec, fence: Fence, prefix: string, isolation: Isolation, entryClock: Clock) {
    this.#spec = spec;
    this.#fence = fence;
    this.#isolation = isolation;
    this.#entryClock = entryClock;
    this.store = spec.store;
    this.bus = spec.bus?.(prefix);
  }

  get senderId(): string | undefined {
    return this.bus?.id;
  }

  /** The copy, {@link Framed} like the entry; `undefined` for none. Counts as a use. */
  find(finalKey: string, prefix: string): unknown {
    const entry = this.store.find(finalKey);
    if (entry === undefined) return undefined;
    const { value } = entry;
    if (value instanceof NearCopy) {
      const intact = this.tags.intact(prefix, value.facts.tags);
      if (!intact) this.store.drop(finalKey);
      if (!intact || value.until <= this.#entryClock.now()) return undefined;
    }
    this.store.touch(entry);
    return this.#isolation === 'copy' ? this.own(value) : value;
  }

  /** A copy whose time is over, for want of anything better. To be asked after {@link find}, which drops what is known to be outdated. */
  spare(finalKey: string): Framed | undefined {
    const copy = this.store.find(finalKey)?.value;
    return copy instanceof NearCopy ? (this.own(copy) as Framed | undefined) : undefined;
  }

  /** The shared store is to be asked next time. */
  retire(finalKey: string): void {
    const copy = this.store.find(finalKey)?.value;
    if (!(copy instanceof NearCopy)) return;
    copy.until = -Infinity;
    copy.prepared = undefined;
  }

  /** To be asked before the shared store is. */
  moment(): Moment {
    if (this.bus !== undefined && !this.#closed) this.#leave ??= this.bus.join(this);
    return { keys: this.#keys.now, tags: this.tags.now };
  }

  /**
   * Keeps what the shared store held at `moment`.
   * @param copy what {@link own} answered
   * @param ttlMs what is left of the entry's life (`undefined` = it never expires)
   */
  keep(finalKey: string, copy: unknown, ttlMs: number | undefined, moment: Moment): void {
    if (copy === undefined || this.#closed || this.#keys.changedAfter(moment.keys, finalKey)) return;
    if (copy instanceof Framed) return this.#keepFramed(finalKey, copy, ttlMs, moment.tags);
    const keptMs = shorter(ttlMs, this.#spec.ttlMs);
    if (keptMs === undefined || keptMs > 0) this.store.put(finalKey, copy, keptMs);
  }

  /**
   * A value that is not the one others have, or that nobody can change; `undefined` if it cannot be had. What is found is
   * to become one before its caller gets it, who may change it.
   */
  own(found: unknown): unknown {
    if (this.#isolation === 'none') return found;
    try {
      if (!(found instanceof Framed)) return isolate(found, this.#isolation);
      return new Framed(isolate(found.value, this.#isolation), found.facts);
    } catch {
      return undefined;
    }
  }

  /** Reads under way are not kept either. */
  drop(keys: readonly string[]): void {
    this.#keys.note(keys);
    for (const key of keys) this.store.drop(key);
  }

  /** Tells other processes that these entries were replaced, though nothing was invalidated. */
  replaced(keys: readonly string[]): void {
    this.#tell({ kind: 'keys', keys });
  }

  began(scope: FenceScope): void {
    this.#underWay.add(scope);
    this.#outdate(scope);
  }

  ended(scope: FenceScope): void {
    this.#underWay.delete(scope);
    this.#outdate(scope);
    this.#tell(messageOf(scope));
    if (this.#underWay.size === 0) this.#allEnded?.();
  }

  #outdate(scope: FenceScope): void {
    if ('keys' in scope) this.drop(scope.keys);
    else if (scope.tags !== undefined) this.tags.invalidate(scope.prefix, scope.tags);
    else this.#dropPrefix(scope.prefix);
  }

  /** Loads under way are as outdated as copies are, unless the fence knew first: then they began after the change. */
  received(message: BusMessage, sender?: string): void {
    const scope = scopeOf(message);
    this.#outdate(scope);
    if (sender === undefined || !this.#fence.told(sender)) this.#fence.outdate(scope);
  }

  /** What is missed from now on is made up for by {@link listening}; until then copies end with their lifetime. */
  deaf(): void {}

  listening(): void {
    this.#dropPrefix('');
  }

  /** Before it is closed: changes under way get a moment to end, because they are told when they have. Of the others some may still be made. */
  async settle(): Promise<void> {
    if (this.bus === undefined || this.#underWay.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#allEnded = resolve;
      timer = setTimeout(resolve, GOODBYE_MS);
    });
    clearTimeout(timer);
    for (const scope of this.#underWay) this.#tell(messageOf(scope));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#leave?.();
    this.#dropPrefix('');
    if (this.#spec.ownsBus) await this.bus?.close();
  }

  /** A bus of the user's own may fail. The change is made all the same, and others keep their copies for as long as without a bus. */
  #tell(message: BusMessage): void {
    try {
      disown(this.bus?.publish(message, this));
    } catch {
      // As above.
    }
  }

  #dropPrefix(prefix: string): void {
    this.#keys.noteAll();
    this.store.clear(prefix);
  }

  /** Marks of the shared store mean nothing here: copies are compared with what this process was told. */
  #keepFramed(finalKey: string, { facts, value }: Framed, ttlMs: number | undefined, mark: number): void {
    const now = this.#entryClock.now();
    const endsAt = now + (ttlMs ?? Infinity);
    const until = Math.min(facts.freshUntil, endsAt, now + (this.#spec.ttlMs ?? Infinity));
    if (until <= now) return;
    const tags = facts.tags.map(([tag]) => [tag, mark] as const);
    const lasts = facts.keptUntil > facts.freshUntil ? Math.min(facts.keptUntil, endsAt) : until;
    const copy = new NearCopy(value, { ...facts, tags }, until);
    this.store.put(finalKey, copy, lasts === Infinity ? undefined : lasts - now);
  }
}

function messageOf(scope: FenceScope): BusMessage {
  if ('keys' in scope) return { kind: 'keys', keys: scope.keys };
  if (scope.tags === undefined) return { kind: 'prefix', prefix: scope.prefix };
  return { kind: 'tags', prefix: scope.prefix, tags: [...scope.tags] };
}

function scopeOf(message: BusMessage): FenceScope {
  if (message.kind === 'keys') return { keys: message.keys };
  return message.kind === 'prefix'
    ? { prefix: message.prefix }
    : { prefix: message.prefix, tags: new Set(message.tags) };
}

function shorter(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
