import { SerializationError } from '../errors.js';

/**
 * Runs `convert`, and puts `problem` in the place of whatever it throws: parsers and cloners quote the value they
 * choke on, and no message of ours may.
 */
export function attempt<T>(convert: () => T, problem: string): T {
  try {
    return convert();
  } catch (error) {
    throw new SerializationError(error instanceof SerializationError ? error.message : problem);
  }
}
