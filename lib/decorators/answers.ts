import { ConfigError } from '../errors.js';
import { disown, isPending } from '../util/maybe-promise.js';

/** How a method over many ids answers: where to find the value of an id, and how to put values together again. */
export interface AnswerShape {
  readonly name: 'map' | 'record' | 'array';
  /**
   * A look-up in what the method answered; `undefined` when that has another shape. Never changes it.
   * @throws ConfigError when `idOf` answers a promise
   */
  finder(answer: unknown): ((id: unknown) => unknown) | undefined;
  /** The values in the order of the ids, each id once. */
  compose(found: ReadonlyMap<unknown, unknown>): unknown;
}

const MAP: AnswerShape = {
  name: 'map',
  finder(answer) {
    return answer instanceof Map ? (id) => answer.get(id) as unknown : undefined;
  },
  compose: (found) => found,
};

const RECORD: AnswerShape = {
  name: 'record',
  finder(answer) {
    if (typeof answer !== 'object' || answer === null || answer instanceof Map || Array.isArray(answer))
      return undefined;
    const record = answer as Record<PropertyKey, unknown>;
    return (id) => (Object.hasOwn(record, id as PropertyKey) ? record[id as PropertyKey] : undefined);
  },
  compose: (found) => Object.fromEntries(found as ReadonlyMap<PropertyKey, unknown>),
};

/** @param idOf the id of an item */
function array(idOf: (item: unknown) => unknown): AnswerShape {
  return {
    name: 'array',
    finder(answer) {
      if (!Array.isArray(answer)) return undefined;
      const items = new Map<unknown, unknown>();
      for (const item of answer as unknown[]) {
        const id = idOf(item);
        if (isPending(id)) {
          disown(id);
          throw new ConfigError('idOf answered a promise; let it be synchronous, and answer the id');
        }
        if (!items.has(id)) items.set(id, item);
      }
      return (id) => items.get(id);
    },
    compose: (found) => [...found.values()],
  };
}

/** The shape that `returns` and `idOf` ask for. */
export function answerShape(
  returns: 'map' | 'record' | 'array' | undefined,
  idOf: ((item: never) => unknown) | undefined,
): AnswerShape {
  if (idOf !== undefined) return array(idOf as (item: unknown) => unknown);
  return returns === 'record' ? RECORD : MAP;
}
