import { readTags } from '../loading/tag-names.js';
import type { Site } from './site.js';

type TagsFunction = (...args: unknown[]) => readonly string[];

/** The option `tags`, where it is a function. What it answers is checked by whoever asks. */
export function tagsFunction(tags: unknown): TagsFunction | undefined {
  return typeof tags === 'function' ? (tags as TagsFunction) : undefined;
}

/**
 * The same, with what it answers checked, so that the message tells whose function it was.
 * @throws ConfigError (the function that is returned) for what is no list of tags
 */
export function checkedTagsFunction(site: Site, tags: unknown): TagsFunction | undefined {
  const given = tagsFunction(tags);
  return given && ((...args) => readTags(given(...args), `@${site.decorator} on ${site.label}: tags`, undefined));
}
