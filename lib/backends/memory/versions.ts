import type { BackendCall, Wire } from '../../contracts/backend.js';
import { answerOf, type NearEntry } from '../../contracts/near.js';
import type { Versioned, VersionedStore } from '../../contracts/versions.js';
import { asKind } from './kind.js';
import type { LiveEntries } from './live-entries.js';

/** A state of a key: an entry, and what it keeps of its value until the next write, whatever that writes. */
interface Version {
  readonly entry: NearEntry | undefined;
  readonly content: unknown;
  /** When it ends: `expire` is a change, too. */
  readonly expiresAt: number | undefined;
}

/** Compare-and-set on memory. Writes of the same object are told apart, too; what is changed inside of an object is not seen. */
export class MemoryVersions implements VersionedStore {
  readonly #entries: LiveEntries;

  constructor(entries: LiveEntries) {
    this.#entries = entries;
  }

  read(key: string, { wire }: BackendCall): Versioned {
    const entry = this.#entries.entryOf(key);
    const version = this.#versionOf(entry);
    return { wire: entry === undefined ? undefined : asKind(entry.value, wire), version };
  }

  compareAndSet(
    key: string,
    version: Version,
    wire: Wire,
    ttlMs: number | undefined,
    { namespace }: BackendCall,
  ): { version: Version } | undefined {
    const entry = this.#entries.entryOf(key);
    if (entry !== version.entry || entry?.expiresAt !== version.expiresAt) return undefined;
    if ((entry?.answer ?? entry?.value) !== version.content) return undefined;
    this.#entries.put(key, wire, ttlMs, namespace);
    return { version: this.#versionOf(this.#entries.entryOf(key)) };
  }

  #versionOf(entry: NearEntry | undefined): Version {
    return {
      entry,
      content: entry === undefined ? undefined : (answerOf(entry) ?? entry.value),
      expiresAt: entry?.expiresAt,
    };
  }
}
