import { ConfigError } from '../errors.js';
import { nearestName } from './nearest-name.js';

/**
 * @param place who takes the options, for the message
 * @throws ConfigError for a name that is none of them: nothing that is given may be ignored
 */
export function checkKnownOptions(place: string, options: object, known: readonly string[], cache?: string): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || known.includes(name)) continue;
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? '' : `, did you mean ${nearest}`;
    throw new ConfigError(
      `${place}: ${name} is no option${hint}; there are ${known.join(', ')}`,
      cache === undefined ? {} : { cache },
    );
  }
}
