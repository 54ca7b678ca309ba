import { ConfigError } from '../errors.js';
import { disown } from '../util/maybe-promise.js';

const MAX_LENGTH = 256;
const MAX_TAGS = 128;

/**
 * The tags of an entry, or of an invalidation: each once.
 * @param place what they come from, for the message
 * @throws ConfigError when one is empty, no well-formed string or longer than 256 characters, or when an entry has more than 128
 */
export function readTags(tags: unknown, place: string, cache: string | undefined, max = MAX_TAGS): readonly string[] {
  const iterable = typeof tags === 'object' && tags !== null && Symbol.iterator in tags;
  if (!iterable) {
    disown(tags);
    throw new ConfigError(`${place} must be a list of tags, not of type ${typeof tags}`, { cache });
  }
  const names = new Set<string>();
  for (const tag of tags as Iterable<unknown>) {
    if (typeof tag !== 'string' || tag === '' || !tag.isWellFormed() || tag.length > MAX_LENGTH)
      throw new ConfigError(`${place}: a tag is a well-formed text of 1 to ${MAX_LENGTH} characters`, { cache });
    names.add(tag);
  }
  if (names.size > max) throw new ConfigError(`${place}: more than ${max} tags for one entry`, { cache });
  return [...names];
}

/**
 * The tags of a loaded value: those of the options, and of what a function of the options and the context say.
 * @throws ConfigError also when the function answered a text: taken for a list it would be one of single characters
 */
export function joinTags(
  known: readonly string[],
  later: unknown,
  decided: readonly string[] | undefined,
  cache: string,
): readonly string[] {
  const own = later === undefined ? [] : readTags(later, 'tags', cache);
  return readTags([...known, ...own, ...(decided ?? [])], 'tags', cache);
}
