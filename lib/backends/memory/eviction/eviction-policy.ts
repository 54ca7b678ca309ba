/** Slots below this one belong to the policies, which begin and end their lists there. */
export const FIRST_SLOT = 2;

/** Decides which of the entries of a store has to go. Knows them by slot: a small whole number from {@link FIRST_SLOT} on. */
export interface EvictionPolicy {
  /** See `EntryStore.coldShare`. */
  readonly coldShare: number | undefined;
  /** Slots below `slots` may be used from now on. */
  reserve(slots: number): void;
  /** Gives the room for all slots back. Only when there are no entries. */
  reset(): void;
  /** About so many entries fit: fewer than was said before, or more, because of what they weigh. */
  resize(capacity: number): void;
  /** An entry has come in under a key that was not there. */
  added(slot: number, key: string): void;
  /** An entry was read or overwritten. */
  used(slot: number): void;
  /** The one that has to go next. Never called on an empty store. */
  victim(): number;
  /** The one that goes after it; `0` when there is none. */
  afterwards(slot: number): number;
  /** It has to make room for a newcomer. */
  evicted(slot: number): void;
  /** It has gone for another reason. */
  removed(slot: number): void;
  /** What would be lost with it, compared with other entries; `0` = nothing worth keeping. */
  worthOf(slot: number): number;
  /** The same of a newcomer that may have to be refused. `Infinity` = newcomers always come in. */
  worthOfNewcomer(key: string): number;
  /** A newcomer was refused. */
  refused(key: string): void;
}
