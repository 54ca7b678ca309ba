/** The option `tags`, where it is a function. What it answers is checked by whoever asks. */
export function tagsFunction(tags: unknown): ((...args: unknown[]) => readonly string[]) | undefined {
  return typeof tags === 'function' ? (tags as (...args: unknown[]) => readonly string[]) : undefined;
}
