import { randomUUID } from 'node:crypto';
import type { BackendCall } from '../../contracts/backend.js';
import type { LoadedEntry, LoadFences } from '../../contracts/load-fences.js';
import { windowed } from '../../util/windowed.js';
import type { Item } from './client.js';
import { itemKey, type Items } from './items.js';
import { REFUSED, type Table } from './table.js';
import type { TableGenerations } from './table-generations.js';
import type { Values } from './values.js';

/** When DynamoDB may sweep the token of a load that came to nothing, in ms. */
const TOKEN_LIVES_MS = 5 * 60_000;

/** Requests for the keys of one batch: there are no batches of conditional writes. */
const AT_ONCE = 50;

/**
 * The tokens of loads under way, each in the item of its key: every other write puts a new item there, and every deletion removes
 * it; a cleared namespace has other items. Where there is no entry the token lies in one that has expired, which nobody sees.
 */
export class DynamoLoadTokens implements LoadFences {
  readonly #table: Table;
  readonly #items: Items;
  readonly #values: Values;
  readonly #generations: TableGenerations;

  constructor(table: Table, items: Items, values: Values, generations: TableGenerations) {
    this.#table = table;
    this.#items = items;
    this.#values = values;
    this.#generations = generations;
  }

  take(keys: readonly string[], { namespace, signal }: BackendCall): Promise<readonly string[]> {
    return this.#generations.within(namespace, signal, (generation) =>
      windowed(keys, AT_ONCE, (key) => this.#take(itemKey(key, generation), signal)),
    );
  }

  store(
    entries: readonly LoadedEntry[],
    ttlMs: number | undefined,
    withinMs: number | undefined,
    { namespace, signal }: BackendCall,
  ): Promise<readonly boolean[]> {
    return this.#generations.within(namespace, signal, (generation) =>
      windowed(entries, AT_ONCE, async ({ key, wire, token }) => {
        // There is no clock but ours here, so what is under way cannot be kept from arriving late.
        if (withinMs !== undefined && withinMs <= 0) return false;
        const lifetime = this.#items.lifetime(ttlMs);
        const condition = holding(token as string);
        return (await this.#values.put(itemKey(key, generation), wire, lifetime, condition, signal)) !== REFUSED;
      }),
    );
  }

  async #take(key: string, signal: AbortSignal | undefined): Promise<string> {
    const id = randomUUID();
    for (;;) {
      const empty = { ...this.#items.key(key), ...this.#items.until(Date.now() + TOKEN_LIVES_MS) };
      const Item = { ...empty, expiresAt: { N: '0' }, loading: { S: id } };
      const alone = { Item, ConditionExpression: 'attribute_not_exists(#key)', ...this.#keyName };
      if ((await this.#table.askIf('PutItem', alone, signal)) !== REFUSED) return id;
      const beside = {
        Key: this.#items.key(key),
        ConditionExpression: 'attribute_exists(#key)',
        UpdateExpression: 'SET loading = if_not_exists(loading, :id)',
        ...this.#keyName,
        ExpressionAttributeValues: { ':id': { S: id } },
        ReturnValues: 'UPDATED_NEW',
      };
      const updated = await this.#table.askIf<{ Attributes?: Item }>('UpdateItem', beside, signal);
      if (updated !== REFUSED) return updated.Attributes?.['loading']?.S ?? id;
    }
  }

  get #keyName(): object {
    return { ExpressionAttributeNames: { '#key': this.#table.store.attributes.key } };
  }
}

function holding(id: string): object {
  return { ConditionExpression: 'loading = :loading', ExpressionAttributeValues: { ':loading': { S: id } } };
}
