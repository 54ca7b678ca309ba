import type { BackendCapabilities } from '../contracts/backend.js';
import type { Cache } from '../contracts/cache.js';
import type { NearStore } from '../contracts/near.js';
import type { Plugin } from '../contracts/plugin.js';
import type { SerializerName } from '../contracts/names.js';
import type { Serializer } from '../contracts/serializer.js';
import { isolatedReference } from '../serializers/isolated.js';
import { systemClock, wallClock, type Clock } from '../util/clock.js';
import { Deadlines } from '../util/deadline.js';
import { parseLimit, type Ttl } from '../util/duration.js';
import type { Breaker } from './breaker.js';
import { holdBreaker } from './breakers.js';
import { Call } from './call.js';
import { Codecs, type Codec } from './codec.js';
import { EntryForm } from './entry-form.js';
import { fenceOf, type Fence } from './fence.js';
import { Gate } from './gate.js';
import { guard, type GuardedBackend } from './guard.js';
import { Keys } from './keys.js';
import { LayeredBackend } from './layered/layered.js';
import type { StackSpec } from './stack-spec.js';
import { markStoreOf } from './tags/mark-store.js';
import { LocalTags, localTagsOf } from './tags/local-tags.js';
import { SharedTags } from './tags/shared-tags.js';
import type { Tags } from './tags/tags.js';
import { NearTier } from './tier/near-tier.js';

/** Everything the commands of one cache work with, made once from its {@link StackSpec}. */
export class Stack {
  readonly spec: StackSpec;
  readonly name: string;
  readonly capabilities: BackendCapabilities;
  readonly backend: GuardedBackend;
  readonly plugins: readonly Plugin[];
  readonly keys: Keys;
  readonly codec: Codec;
  readonly form: EntryForm;
  readonly tags: Tags;
  /** The backend never answers with a promise. */
  readonly immediate: boolean;
  /** The entries behind the backend, where they hold the very values that callers get. */
  readonly near: NearStore | undefined;
  /** Which tags of theirs were invalidated. */
  readonly nearTags: LocalTags | undefined;
  /** Copies in front of the backend, which is shared then. */
  readonly tier: NearTier | undefined;
  /** For commands whose progress nobody follows: not every hit needs an object of its own. */
  readonly sharedCall: Call;
  /** Shared with the other caches on this store. */
  readonly breaker: Breaker | undefined;
  readonly fence: Fence;
  readonly deadlines: Deadlines;
  readonly gate: Gate;
  readonly clock: Clock;
  readonly #codecs: Codecs;
  readonly #unwatch: (() => void) | undefined;
  readonly #releaseBreaker: (() => void) | undefined;

  /** @param face the cache that plugins get to see */
  constructor(
    spec: StackSpec,
    readonly face: Cache,
  ) {
    const isolated = spec.serializer.wire === 'reference' && spec.isolation !== 'none';
    const effective = isolated ? { ...spec, serializer: isolatedReference(spec.isolation) } : spec;
    this.spec = effective;
    this.name = spec.name;
    this.clock = spec.clock;
    this.capabilities = spec.backend.capabilities;
    const identity = spec.backend.identity ?? spec.backend;
    if (this.capabilities.shared && spec.breaker !== undefined) {
      const { breaker, release } = holdBreaker(identity, spec.breaker, spec.clock);
      this.breaker = breaker;
      this.#releaseBreaker = release;
    }
    // What is made of two asks the breaker only where it asks the store of record.
    const breaker = spec.backend instanceof LayeredBackend ? undefined : this.breaker;
    this.backend = guard(spec.backend, breaker, spec.name);
    this.plugins = spec.plugins;
    this.keys = new Keys(spec);
    this.#codecs = new Codecs(effective);
    this.codec = this.#codecs.own;
    const { shared } = this.capabilities;
    this.form = new EntryForm(shared && spec.clock === systemClock ? wallClock : spec.clock);
    const { near } = spec.backend as { near?: NearStore };
    this.immediate = near !== undefined;
    this.sharedCall = new Call(this.codec, this.keys, undefined);
    this.fence = fenceOf(identity);
    if (spec.nearTier === undefined) {
      this.near = this.codec.wire === 'reference' && !isolated ? near : undefined;
    } else {
      const { fence, form, keys } = this;
      this.tier = new NearTier(spec.nearTier, fence, keys.prefix(undefined), spec.isolation, form.clock);
      this.#unwatch = fence.watch(this.tier);
      this.near = spec.isolation === 'none' ? this.tier.store : undefined;
    }
    this.tags = shared ? new SharedTags(markStoreOf(this)) : localTagsOf(spec.backend);
    this.nearTags = this.tier?.tags ?? (this.tags instanceof LocalTags ? this.tags : undefined);
    this.deadlines = new Deadlines([spec.timeoutMs, spec.budgetMs]);
    this.gate = new Gate(spec.enabled, !isolated && this.plugins.every((plugin) => !plugin.preGet && !plugin.postGet));
  }

  /** The codec a call asks for. */
  codecFor(serializer: SerializerName | Serializer | undefined): Codec {
    return serializer === undefined ? this.codec : this.#codecs.of(serializer);
  }

  async close(): Promise<void> {
    await this.tier?.settle();
    this.#unwatch?.();
    this.#releaseBreaker?.();
    const { backend, ownsBackend } = this.spec;
    await Promise.all([this.tier?.close(), ownsBackend ? backend.close() : undefined]);
  }

  /** The lifetime a call asks for, rounded up to what the backend can tell apart. `undefined` = never expires. */
  ttlMs(ttl: Ttl | undefined): number | undefined {
    const ms = ttl === undefined ? this.spec.ttlMs : parseLimit(ttl, 'ttl');
    if (ms === undefined) return undefined;
    const { ttlResolutionMs } = this.capabilities;
    return Math.ceil(ms / ttlResolutionMs) * ttlResolutionMs;
  }
}
