import { ConfigError } from '../errors.js';
import { disown, isPending } from './maybe-promise.js';

/**
 * What a yes-or-no function among the options answered. A promise is refused: it would count as yes whatever it comes to.
 * @param option whose function it was, for the message
 * @throws ConfigError for a promise
 */
export function decision(answer: unknown, option: string): boolean {
  if (!isPending(answer)) return Boolean(answer);
  disown(answer);
  throw new ConfigError(`${option} answered a promise; let it be synchronous, and answer true or false`);
}
