/** An entry, its place in the map and the head of its key: measured on 64-bit Node, rounded up. */
const ENTRY_BYTES = 200;
const OBJECT_BYTES = 32;
const SLOT_BYTES = 8;
const NUMBER_BYTES = 8;

/** Values looked at in one object; what is beyond weighs as much as these do on the average. */
const MAX_NODES = 10_000;

/**
 * About how much memory an entry takes, rather too much than too little: text counts two bytes a character, whatever
 * is in it. What several objects share counts once within a value, and once more in every other entry. Runs no
 * getters, and costs at most a walk over {@link MAX_NODES} values.
 */
export function estimateBytes(key: string, value: unknown): number {
  return ENTRY_BYTES + textBytes(key) + (typeof value === 'object' && value !== null ? treeBytes(value) : leafBytes(value));
}

function treeBytes(root: object): number {
  const pending: unknown[] = [root];
  const seen = new Set<object>();
  let nodes = 0;
  let bytes = 0;
  let unseen = 0;
  const visit = (held: unknown): void => {
    if (pending.length + nodes < MAX_NODES) pending.push(held);
    else unseen++;
  };
  while (pending.length > 0) {
    const value = pending.pop();
    nodes++;
    if (typeof value !== 'object' || value === null) {
      bytes += leafBytes(value);
    } else if (!seen.has(value)) {
      seen.add(value);
      bytes += OBJECT_BYTES + ownBytes(value, visit);
    }
  }
  return bytes + unseen * Math.ceil(bytes / nodes);
}

/** What an object takes beside what it holds, which is passed on to `visit`. */
function ownBytes(value: object, visit: (held: unknown) => void): number {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if (Array.isArray(value)) {
    for (const item of value) visit(item);
    return value.length * SLOT_BYTES;
  }
  if (value instanceof Map) {
    for (const [key, held] of value) {
      visit(key);
      visit(held);
    }
    return value.size * 4 * SLOT_BYTES;
  }
  if (value instanceof Set) {
    for (const held of value) visit(held);
    return value.size * 3 * SLOT_BYTES;
  }
  let bytes = 0;
  for (const key of Object.keys(value)) {
    bytes += SLOT_BYTES;
    visit(Object.getOwnPropertyDescriptor(value, key)?.value);
  }
  return bytes;
}

function leafBytes(value: unknown): number {
  if (typeof value === 'string') return textBytes(value);
  if (typeof value === 'bigint') return OBJECT_BYTES + value.toString(16).length / 2;
  return NUMBER_BYTES;
}

function textBytes(text: string): number {
  return 2 * text.length;
}
