import type { Isolation } from '../contracts/names.js';
import { SerializationError } from '../errors.js';
import { cloneValue, deepFreeze } from '../util/isolation.js';

/**
 * Prepares a loaded value for those who will share it: freezes it, or makes sure that it can be copied.
 * Answers why that is impossible; such a value can be given to the call that loaded it, and to nobody else.
 */
export function sharingFailure(value: unknown, isolation: Isolation, cache: string): SerializationError | undefined {
  if (isolation === 'none') return undefined;
  try {
    if (isolation === 'freeze') deepFreeze(value);
    else cloneValue(value);
    return undefined;
  } catch {
    return new SerializationError(`the value cannot be shared with isolation: '${isolation}', so it is not stored`, {
      cache,
    });
  }
}
