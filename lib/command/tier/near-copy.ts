import { type EntryFacts, Framed } from '../../entries/framed.js';

/**
 * A copy of an entry that says more of itself. It answers until its own time is over, and is kept for as long as the entry
 * may stand in for a new value: for the case that nobody can be asked.
 */
export class NearCopy<T = unknown> extends Framed<T> {
  /**
   * @param facts the marks of its tags are moments of this process
   * @param until on the clock of the facts
   */
  constructor(
    value: T,
    facts: EntryFacts,
    public until: number,
  ) {
    super(value, facts);
  }
}
