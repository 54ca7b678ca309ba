import { crc32 } from 'node:zlib';

/** A row of the origin. Whoever holds it can tell whose it is, how old it is, and that all of it is there. */
export interface Row {
  readonly key: string;
  readonly owner: string;
  readonly version: number;
  /** When the origin read it, in µs since the run began. */
  readonly readAt: number;
  readonly padding: string;
  readonly sum: number;
}

/** The tenant that a key belongs to: `article/t3/17` → `t3`. */
export function ownerOf(key: string): string {
  return key.split('/')[1]!;
}

export function rowOf(key: string, version: number, readAt: number): Row {
  const padding = `${key}.${version};`.repeat(1 + ((version * 7 + key.length) % 24));
  const row = { key, owner: ownerOf(key), version, readAt, padding };
  return { ...row, sum: sumOf(row) };
}

/** What is wrong with an answer for `key`; `undefined` = nothing. */
export function faultIn(answer: unknown, key: string): string | undefined {
  if (typeof answer !== 'object' || answer === null) return `no row but ${typeof answer}`;
  const row = answer as Row;
  if (row.owner !== ownerOf(key)) return `foreign: of ${String(row.owner)}`;
  if (row.key !== key) return `foreign: the row of ${String(row.key)}`;
  if (row.sum !== sumOf(row)) return 'torn: the checksum does not fit';
  return undefined;
}

function sumOf({ key, owner, version, readAt, padding }: Omit<Row, 'sum'>): number {
  return crc32(`${key}|${owner}|${version}|${readAt}|${padding}`);
}
