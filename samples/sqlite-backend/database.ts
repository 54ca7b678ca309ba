import { createRequire } from 'node:module';

/** What the backend uses of SQLite: `node:sqlite` and better-sqlite3 are alike in this. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): unknown;
}

export interface Statement {
  run(...parameters: unknown[]): { readonly changes: number | bigint };
  get(...parameters: unknown[]): unknown;
}

/** With `node:sqlite` where this Node has it, else with better-sqlite3, which is installed in `older-node`. */
export function openDatabase(file: string): Database {
  const here = createRequire(import.meta.url);
  try {
    const { DatabaseSync } = here('node:sqlite') as { DatabaseSync: new (file: string) => Database };
    return new DatabaseSync(file);
  } catch {
    const sample = createRequire(new URL('../../../samples/sqlite-backend/older-node/package.json', import.meta.url));
    return new (sample('better-sqlite3') as new (file: string) => Database)(file);
  }
}
