import { randomUUID } from 'node:crypto';
import type { Condition } from './conditions.js';
import type { Items } from './items.js';
import { REFUSED, type Table } from './table.js';

/** Changes when an item ends, and nothing else of it. */
export class Ends {
  readonly #table: Table;
  readonly #items: Items;

  constructor(table: Table, items: Items) {
    this.#table = table;
    this.#items = items;
  }

  /** Whether the condition was met. @param ttlMs `undefined` = it never ends */
  async set(
    key: string,
    ttlMs: number | undefined,
    condition: Condition,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { ttl } = this.#table.store.attributes;
    const lifetime = this.#items.lifetime(ttlMs);
    const update =
      ttlMs === undefined
        ? { UpdateExpression: 'SET #version = :version REMOVE expiresAt, #ttl, loading', values: {} }
        : {
            UpdateExpression: 'SET #version = :version, expiresAt = :end, #ttl = :sweep REMOVE loading',
            values: { ':end': lifetime['expiresAt'], ':sweep': lifetime[ttl] },
          };
    const answer = await this.#table.askIf(
      'UpdateItem',
      {
        ...condition,
        Key: this.#items.key(key),
        UpdateExpression: update.UpdateExpression,
        ExpressionAttributeNames: { ...condition.ExpressionAttributeNames, '#ttl': ttl, '#version': 'version' },
        ExpressionAttributeValues: {
          ...condition.ExpressionAttributeValues,
          ...update.values,
          // Whoever writes back the end that they have read is to notice: counters, compare-and-set.
          ':version': { S: randomUUID() },
        },
      },
      signal,
    );
    return answer !== REFUSED;
  }
}
