import { ConfigError, isCacheError } from '../errors.js';
import { didYouMean, type Reader } from './readers.js';

/** How an option is written in the query of a URL: what the text means, unchecked; or, where no query can hold it, the remedy. */
export type TextForm = ((text: string) => unknown) | string;

/** One option of a configuration: how it is checked, and how it is written in a URL. */
export interface Option<T = unknown> {
  readonly read: Reader<T>;
  readonly fromText: TextForm;
}

/** Options as given: not a class of their own, not yet checked. */
export type GivenOptions = Readonly<Record<string, unknown>>;

/** A number where the text is one, else the text: checking it then complains. */
export function digits(text: string): unknown {
  return /^\d+$/.test(text) ? Number(text) : text;
}

/** Refuses names that are no options, with the nearest one that is. */
export function checkNames(given: object, known: readonly string[], path: string, owner: string): void {
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownOption(unknown, known, path, owner);
}

export function unknownOption(name: string, known: readonly string[], path: string, owner: string): ConfigError {
  const list = `options of ${owner}: ${known.join(', ')}`;
  return new ConfigError(`${member(path, name)} is no option of ${owner};${didYouMean(name, known)} ${list}`);
}

/** `path.name`, or `path["odd name"]`. */
export function member(path: string, name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}

/** What `work` answers. Its `ConfigError`s are told where they belong: in front of the message, and as the cache's name. */
export function located<T>(prefix: string, cache: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isCacheError(error, 'ERR_CACHE_CONFIG')) throw error;
    throw new ConfigError(prefix + error.message, { cache, cause: error.cause });
  }
}
