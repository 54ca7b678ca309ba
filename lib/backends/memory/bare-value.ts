import { Framed } from '../../entries/framed.js';

/** What the serializer left of a stored value. By reference an entry's age and tags stand beside it: they are none of the user's functions' business. */
export function bareValue(stored: unknown): unknown {
  return stored instanceof Framed ? stored.value : stored;
}
