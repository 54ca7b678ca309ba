/** An entry, its place in the map and the head of its key: measured on 64-bit Node, rounded up. */
const ENTRY_BYTES = 200;
const OBJECT_BYTES = 32;
const SLOT_BYTES = 8;
const NUMBER_BYTES = 8;
/** Of a table: a key, its value, and the empty places. */
const TABLE_ROW_BYTES = 4 * SLOT_BYTES;

/** An object of more properties is a table with keys of its own; those of fewer are mostly shared by many like it. */
const MAX_SHARED_KEYS = 32;

/** Members looked at of one object, from its beginning; each stands for its share of all. */
const MAX_SAMPLE = 500;

/** Values looked at in one entry; what is beyond weighs what these do on the average. */
const MAX_NODES = 10_000;

/**
 * About how much memory an entry takes, rather too much than too little: text counts two bytes a character, whatever
 * is in it. What several entries share counts in each of them. Runs no getters, and its cost is bounded.
 */
export function estimateBytes(key: string, value: unknown): number {
  return (
    ENTRY_BYTES + textBytes(key) + (typeof value === 'object' && value !== null ? treeBytes(value) : leafBytes(value))
  );
}

function treeBytes(root: object): number {
  const pending = [{ value: root as unknown, times: 1 }];
  const seen = new Set<object>();
  let nodes = 0;
  let represented = 0;
  let bytes = 0;
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, times } = next;
    if (++nodes > MAX_NODES) {
      bytes += (times * bytes) / represented;
    } else if (typeof value !== 'object' || value === null) {
      bytes += times * leafBytes(value);
    } else if (!seen.has(value)) {
      seen.add(value);
      const { own, members, sample } = content(value);
      bytes += times * (OBJECT_BYTES + own);
      for (const member of sample) pending.push({ value: member, times: (times * members) / sample.length });
    }
    represented += times;
  }
  return Math.ceil(bytes);
}

interface Content {
  /** Bytes beside what the members take. */
  readonly own: number;
  readonly members: number;
  readonly sample: readonly unknown[];
}

function content(value: object): Content {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return { own: value.byteLength, members: 0, sample: [] };
  if (Array.isArray(value)) {
    return { own: value.length * SLOT_BYTES, members: value.length, sample: value.slice(0, MAX_SAMPLE) };
  }
  if (value instanceof Map) {
    return { own: value.size * TABLE_ROW_BYTES, members: 2 * value.size, sample: firstOf(value).flat() };
  }
  if (value instanceof Set) return { own: value.size * 3 * SLOT_BYTES, members: value.size, sample: firstOf(value) };
  const keys = Object.keys(value);
  const sampled = keys.slice(0, MAX_SAMPLE);
  const sample = sampled.map((key) => Object.getOwnPropertyDescriptor(value, key)?.value as unknown);
  if (keys.length <= MAX_SHARED_KEYS) return { own: keys.length * SLOT_BYTES, members: keys.length, sample };
  const keyBytes = sampled.reduce((bytes, key) => bytes + textBytes(key), 0) / sampled.length;
  return { own: keys.length * (TABLE_ROW_BYTES + keyBytes), members: keys.length, sample };
}

function firstOf<T>(values: Iterable<T>): T[] {
  const first: T[] = [];
  for (const value of values) {
    if (first.push(value) === MAX_SAMPLE) break;
  }
  return first;
}

function leafBytes(value: unknown): number {
  if (typeof value === 'string') return textBytes(value);
  if (typeof value === 'bigint') return OBJECT_BYTES + value.toString(16).length / 2;
  return NUMBER_BYTES;
}

function textBytes(text: string): number {
  return 2 * text.length;
}
