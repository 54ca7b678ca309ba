import type { BackendCall } from '../../contracts/backend.js';
import type { LockGranted, LockHeld, LockStore } from '../../contracts/locks.js';
import type { Item } from './client.js';
import { expiryOf, itemKey, type Items } from './items.js';
import { REFUSED, type Table } from './table.js';

/** A lock that nobody asks for is swept after so long, and counts on from the clock then. */
const TOKENS_LIVE_MS = 7 * 24 * 3_600_000;
const SOON_MS = 100;

/** Locks as items that stay when they are released, so that their tokens count on. Leases go by the clocks of the hosts. */
export class DynamoLocks implements LockStore {
  readonly #table: Table;
  readonly #items: Items;

  constructor(table: Table, items: Items) {
    this.#table = table;
    this.#items = items;
  }

  async acquire(
    lock: string,
    owner: string,
    leaseMs: number,
    { signal }: BackendCall,
  ): Promise<LockGranted | LockHeld> {
    const now = Date.now();
    const { key, ttl } = this.#table.store.attributes;
    const answer = await this.#table.askIf<{ Attributes: Item }>(
      'UpdateItem',
      {
        Key: this.#key(lock),
        UpdateExpression:
          'SET #owner = :owner, expiresAt = :end, #ttl = :sweep, #token = if_not_exists(#token, :clock) + :one',
        ConditionExpression: 'attribute_not_exists(#key) OR expiresAt <= :now OR #owner = :owner',
        ExpressionAttributeNames: { '#key': key, '#ttl': ttl, '#owner': 'owner', '#token': 'token' },
        ExpressionAttributeValues: {
          ':owner': { S: owner },
          ':end': { N: `${now + Math.ceil(leaseMs)}` },
          ':sweep': { N: `${Math.ceil((now + leaseMs + TOKENS_LIVE_MS) / 1_000)}` },
          ':clock': { N: `${now * 1_000}` },
          ':one': { N: '1' },
          ':now': { N: `${now}` },
        },
        ReturnValues: 'ALL_NEW',
      },
      signal,
    );
    if (answer !== REFUSED) return { token: Number(answer.Attributes['token']!.N) };
    const input = { Key: this.#key(lock), ConsistentRead: true };
    const { Item } = await this.#table.ask<{ Item?: Item }>('GetItem', input, signal);
    const leftMs = Item === undefined ? 0 : expiryOf(Item) - Date.now();
    return { heldForMs: Math.max(leftMs, SOON_MS) };
  }

  renew(lock: string, owner: string, leaseMs: number, { signal }: BackendCall): Promise<boolean> {
    return this.#end(lock, owner, Date.now() + Math.ceil(leaseMs), signal);
  }

  release(lock: string, owner: string, { signal }: BackendCall): Promise<boolean> {
    return this.#end(lock, owner, 0, signal);
  }

  /** Sets when the lock ends, if `owner` still holds it. */
  async #end(lock: string, owner: string, endsAt: number, signal: AbortSignal | undefined): Promise<boolean> {
    const answer = await this.#table.askIf(
      'UpdateItem',
      {
        Key: this.#key(lock),
        UpdateExpression: 'SET expiresAt = :end',
        ConditionExpression: '#owner = :owner AND expiresAt > :now',
        ExpressionAttributeNames: { '#owner': 'owner' },
        ExpressionAttributeValues: {
          ':owner': { S: owner },
          ':end': { N: `${endsAt}` },
          ':now': { N: `${Date.now()}` },
        },
      },
      signal,
    );
    return answer !== REFUSED;
  }

  #key(lock: string): Item {
    return this.#items.key(itemKey(lock, ''));
  }
}
