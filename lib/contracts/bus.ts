import type { Clock } from '../util/clock.js';

/**
 * What changed. No values, ever. Keys are final keys; a prefix is what the final keys of a namespace begin with,
 * `''` = everything.
 */
export type BusMessage =
  | { readonly kind: 'keys'; readonly keys: readonly string[] }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'tags'; readonly prefix: string; readonly tags: readonly string[] };

/** Whoever keeps copies that others may outdate. What a method throws is dropped. */
export interface BusListener {
  /**
   * Somebody else changed this. Never one's own messages. The same may come twice.
   * @param sender the {@link Bus.id} of the bus object it comes from, if that is another one and the message says so
   */
  received(message: BusMessage, sender?: string): void;
  /** From now on messages may be missed. */
  deaf(): void;
  /** Listening, or listening again: whatever is older than this moment may be outdated. */
  listening(): void;
}

/** How processes that keep copies of entries of a shared cache tell one another what changed. */
export interface Bus {
  readonly name: string;
  /** By which other bus objects, also in this process, tell what comes from here. */
  readonly id?: string;
  /** Whether nothing is missed now. What it is when a listener joins is to be read here: only changes are told. */
  readonly listening: boolean;
  /** How many changes wait for the server to be back. */
  readonly pending: number;
  /** How many messages were ignored because they were too large, malformed or of another version. */
  readonly ignored?: number;

  /**
   * Tells everybody but `from`, on this bus object and elsewhere. Rejects for what is no message, and for
   * nothing else. Waits for a server no longer than a moment: what cannot be sent is kept, bounded, and sent when the server is
   * back, newest first.
   * @throws ConfigError when it is no message
   */
  publish(message: BusMessage, from: BusListener): Promise<void>;
  /**
   * Begins to listen. Answers how to leave.
   * @throws ConfigError when the listener lacks a method
   */
  join(listener: BusListener): () => void;
  /** Connects now instead of on first use; rejects when that fails. */
  connect?(): Promise<void>;
  /** Idempotent. Listeners are told nothing any more. */
  close(): Promise<void>;
}

/** What a bus gets to know about the cache it is built for. */
export interface BusContext {
  /** The cache's name. */
  readonly cache: string;
  /** What all final keys of the cache begin with; `''` = bare keys. */
  readonly prefix: string;
  readonly clock: Clock;
}
