import { ConfigError } from '../errors.js';
import { nearestName } from './nearest-name.js';

/**
 * What is wrong where a name is none of the options: nothing that is given may be ignored. What is `undefined` is not given.
 * @param place who takes the options, for the message
 */
export function unknownOption(
  place: string,
  options: object,
  known: readonly string[],
  cache?: string,
): ConfigError | undefined {
  const given = Object.entries(options).find(([name, value]) => value !== undefined && !known.includes(name));
  if (given === undefined) return undefined;
  const nearest = nearestName(given[0], known);
  const hint = nearest === undefined ? '' : `, did you mean ${nearest}`;
  return new ConfigError(
    `${place}: ${given[0]} is no option${hint}; there are ${known.join(', ')}`,
    cache === undefined ? {} : { cache },
  );
}

/** @throws ConfigError for an {@link unknownOption} */
export function checkKnownOptions(place: string, options: object, known: readonly string[], cache?: string): void {
  const mistake = unknownOption(place, options, known, cache);
  if (mistake !== undefined) throw mistake;
}
