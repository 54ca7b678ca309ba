import type { Stack } from '../command/stack.js';
import type { Moment, NearTier } from '../command/tier/near-tier.js';
import { keptMs } from '../command/writing.js';
import { Framed } from '../entries/framed.js';
import { isCacheError } from '../errors.js';
import type { StoredAs } from './plan.js';

/** A loaded value that was handed to the shared store. */
export interface Written {
  readonly finalKey: string;
  readonly value: unknown;
  readonly as: StoredAs;
  /** Others may have copies of what was there before. */
  readonly replaces: boolean;
}

/** What loading does for the near tier: whoever loads gets the very value that later calls will read, and a copy of it is kept. */
export class LoadedCopies {
  constructor(
    private readonly stack: Stack,
    private readonly tier: NearTier,
  ) {}

  /** To be asked before a load begins. */
  moment(): Moment {
    return this.tier.moment();
  }

  /** The value as it will be read. What cannot be written stays as it is: writing it will tell. */
  asRead<T>(value: T): T {
    if (value === undefined) return value;
    const { codec } = this.stack;
    try {
      return codec.decode(codec.encode(value)) as T;
    } catch {
      return value;
    }
  }

  /**
   * The write has ended. While the shared store is away its copies are all there is.
   * @param error how it failed
   */
  written({ finalKey, value, as, replaces }: Written, loadedSince: Moment, error?: unknown): void {
    if (isCacheError(error, 'ERR_CACHE_SERIALIZATION')) return;
    const { facts, options } = as;
    const found = facts === undefined ? value : new Framed(value, facts);
    this.tier.keep(finalKey, this.tier.own(found), keptMs(this.stack, options.ttl, facts), loadedSince);
    if (replaces) this.tier.replaced([finalKey]);
  }

  /** The shared store is to be asked next time. */
  retire(finalKey: string): void {
    this.tier.retire(finalKey);
  }

  /** What is known of this key when the shared store cannot be asked. */
  spare(finalKey: string): Framed | undefined {
    return this.tier.spare(finalKey);
  }
}
