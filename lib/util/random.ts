import { ConfigError } from '../errors.js';
import { disown } from './maybe-promise.js';

/**
 * A source of random numbers of the user's, held to what it is to answer: a lifetime that is computed from anything
 * else is none, or another one than was asked for.
 * @throws ConfigError, when asked, for an answer that is no number from 0 to 1. (1 itself, which tests use as the most there is, does no harm.)
 */
export function heldToRange(random: () => number): () => number {
  return () => {
    const drawn: unknown = random();
    if (typeof drawn === 'number' && drawn >= 0 && drawn <= 1) return drawn;
    disown(drawn);
    throw new ConfigError('random did not answer a number from 0 to below 1; let it do so, as Math.random does');
  };
}
