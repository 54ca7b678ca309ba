import type { BackendCall } from '../contracts/backend.js';
import type { CommandContext } from '../contracts/plugin.js';
import type { WireKind } from '../contracts/serializer.js';
import type { Codec } from './codec.js';
import type { Keys } from './keys.js';

/** One run of a command: what its stages tell one another. */
export class Call implements BackendCall {
  /** The caller was answered without waiting for the backend: what still comes is nobody's. */
  abandoned = false;
  /** The backend has not answered yet. */
  pending = false;
  /** Set when a plugin observes this command. */
  context: CommandContext | undefined = undefined;
  /** The final keys of a batch, once they are made: the command and its fence both want them. */
  finals: readonly string[] | undefined = undefined;
  /** What its serializer makes, unless it is about what is stored, whatever made that. */
  wire: WireKind;
  private abort: AbortController | undefined = undefined;

  /** @param named the namespace that the caller named, instead of the cache's own */
  constructor(
    readonly codec: Codec,
    private readonly keys: Keys,
    private readonly named: string | undefined,
  ) {
    this.wire = codec.wire;
  }

  /** Few backends ask. */
  get namespace(): string {
    return this.keys.prefix(this.named);
  }

  /** An abort controller costs more than a memory hit, so it is made only for backends that ask. */
  get signal(): AbortSignal {
    if (this.abort === undefined) {
      this.abort = new AbortController();
      // Asked for by a later step of it.
      if (this.abandoned) this.abort.abort();
    }
    return this.abort.signal;
  }

  abandon(reason: unknown): void {
    this.abandoned = true;
    this.abort?.abort(reason);
  }
}
