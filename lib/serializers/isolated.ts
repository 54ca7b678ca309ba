import type { Serializer } from '../contracts/serializer.js';
import { cloneValue, deepFreeze } from '../util/isolation.js';
import { attempt } from './attempt.js';

/**
 * Keeps values in memory out of reach of those who read them: `'copy'` stores a copy and answers with copies,
 * `'freeze'` freezes what is stored, so everybody, the writer too, shares one object that cannot change.
 */
export function isolatedReference(isolation: 'copy' | 'freeze'): Serializer {
  const protect = isolation === 'copy' ? cloneValue : deepFreeze;
  return {
    name: `reference (${isolation})`,
    wire: 'reference',
    serialize: (value) => attempt(() => protect(value), REMEDY),
    deserialize: isolation === 'copy' ? cloneValue : (wire) => wire,
  };
}

const REMEDY = `it holds something that cannot be isolated (a function, a symbol, a promise, a stream, content that nobody sees from outside), or it is nested too deeply`;
