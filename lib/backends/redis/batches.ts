/** Items in one command: enough that round trips do not matter, few enough that the server is not held up. */
const BATCH = 1_000;

/** Keys with different answers must not stand in one command. `undefined` = all keys may. */
export type SlotOf = ((key: string) => number) | undefined;

export function fitsOneCommand(items: readonly unknown[], slotOf: SlotOf): boolean {
  return slotOf === undefined && items.length <= BATCH;
}

/** Pieces of `items` that fit into one command each. */
export function batchesOf<T>(items: readonly T[], keyOf: (item: T) => string, slotOf: SlotOf): (readonly T[])[] {
  if (slotOf === undefined) return inPieces(items);
  const bySlot = new Map<number, T[]>();
  for (const item of items) {
    const slot = slotOf(keyOf(item));
    const alike = bySlot.get(slot);
    if (alike === undefined) bySlot.set(slot, [item]);
    else alike.push(item);
  }
  return [...bySlot.values()].flatMap(inPieces);
}

function inPieces<T>(items: readonly T[]): (readonly T[])[] {
  if (items.length <= BATCH) return [items];
  const pieces: T[][] = [];
  for (let start = 0; start < items.length; start += BATCH) pieces.push(items.slice(start, start + BATCH));
  return pieces;
}
