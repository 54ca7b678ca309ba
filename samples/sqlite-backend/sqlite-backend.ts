import { type Backend, type BackendCall, NotANumberError, type Wire } from 'cachewright';
import type { Database, Statement } from './database.js';

interface Row {
  readonly value: Uint8Array;
  /** In ms of the epoch; `null` = never. */
  readonly ends: number | null;
}

const ALIVE = 'key = ? AND (ends IS NULL OR ends > ?)';

/** Entries in a table of SQLite. It answers at once, so no method needs a promise. */
export class SqliteBackend implements Backend {
  readonly name = 'sqlite';
  // The file outlives this process, so what is stored has to be encoded: text or bytes.
  readonly capabilities = { wire: 'bytes', ttlResolutionMs: 1, shared: true } as const;
  readonly #database: Database;
  readonly #find: Statement;
  readonly #write: Statement;
  readonly #remove: Statement;
  readonly #expire: Statement;

  constructor(database: Database) {
    this.#database = database;
    database.exec('CREATE TABLE IF NOT EXISTS cache (key BLOB PRIMARY KEY, value BLOB, ends INTEGER) WITHOUT ROWID');
    this.#find = database.prepare(`SELECT value, ends FROM cache WHERE ${ALIVE}`);
    this.#write = database.prepare('REPLACE INTO cache (key, value, ends) VALUES (?, ?, ?)');
    this.#remove = database.prepare(`DELETE FROM cache WHERE ${ALIVE}`);
    this.#expire = database.prepare(`UPDATE cache SET ends = ? WHERE ${ALIVE}`);
  }

  get(key: string, { wire }: BackendCall): Wire | undefined {
    const row = this.#row(key);
    return row && (wire === 'text' ? asText(row.value) : Buffer.from(row.value));
  }

  multiGet(keys: readonly string[], call: BackendCall): (Wire | undefined)[] {
    return keys.map((key) => this.get(key, call));
  }

  set(key: string, wire: Wire, ttlMs: number | undefined): void {
    // Texts as bytes, too: some versions of Node read TEXT up to its first NUL.
    this.#write.run(Buffer.from(key), Buffer.from(wire as string), endOf(ttlMs));
  }

  multiSet(entries: readonly (readonly [string, Wire])[], ttlMs: number | undefined): void {
    this.#atomically(() => {
      for (const [key, wire] of entries) this.set(key, wire, ttlMs);
    });
  }

  add(key: string, wire: Wire, ttlMs: number | undefined): boolean {
    return this.#atomically(() => {
      if (this.exists(key)) return false;
      this.set(key, wire, ttlMs);
      return true;
    });
  }

  delete(keys: readonly string[]): number {
    return this.#atomically(() => keys.filter((key) => changed(this.#remove.run(Buffer.from(key), Date.now()))).length);
  }

  exists(key: string): boolean {
    return this.#row(key) !== undefined;
  }

  increment(key: string, delta: number, ttlMs: number | undefined): number {
    return this.#atomically(() => {
      const row = this.#row(key);
      if (row === undefined) {
        this.set(key, String(delta), ttlMs);
        return delta;
      }
      const text = asText(row.value);
      const sum = Number(text) + delta;
      // A counter is decimal text, exactly as `String` writes it.
      if (String(Number(text)) !== text || !Number.isSafeInteger(Number(text)) || !Number.isSafeInteger(sum)) {
        throw new NotANumberError('the stored value, or the sum, is no safe integer; nothing was changed');
      }
      this.#write.run(Buffer.from(key), Buffer.from(String(sum)), row.ends);
      return sum;
    });
  }

  expire(key: string, ttlMs: number | undefined): boolean {
    return changed(this.#expire.run(endOf(ttlMs), Buffer.from(key), Date.now()));
  }

  ttl(key: string): number | null | undefined {
    const row = this.#row(key);
    if (row === undefined || row.ends === null) return row?.ends;
    return Math.max(1, row.ends - Date.now());
  }

  /** Keys are compared as bytes, and no byte of UTF-8 is 0xff: so this is every key that begins with the prefix. */
  clear(prefix: string): void {
    const from = Buffer.from(prefix);
    const end = Buffer.concat([from, Buffer.of(0xff)]);
    this.#database.prepare('DELETE FROM cache WHERE key >= ? AND key < ?').run(from, end);
  }

  /** `raw('SELECT …', ...parameters)`: the first row. */
  raw(sql: string, parameters: readonly unknown[]): unknown {
    // A copy: some versions of Node answer with an object without a prototype.
    return { ...(this.#database.prepare(sql).get(...parameters) as object | undefined) };
  }

  async close(): Promise<void> {
    // Idempotent, as every backend's has to be.
    this.close = () => Promise.resolve();
    this.#database.close();
  }

  #row(key: string): Row | undefined {
    return (this.#find.get(Buffer.from(key), Date.now()) as Row | undefined) ?? undefined;
  }

  /** Other processes may have the same file open. */
  #atomically<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const answer = work();
      this.#database.exec('COMMIT');
      return answer;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

function asText(value: Uint8Array): string {
  return Buffer.from(value).toString();
}

function endOf(ttlMs: number | undefined): number | null {
  return ttlMs === undefined ? null : Math.ceil(Date.now() + ttlMs);
}

function changed({ changes }: { readonly changes: number | bigint }): boolean {
  return Number(changes) > 0;
}
