import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BackendError,
  BackendUnavailableError,
  CacheClosedError,
  ConfigError,
  UnsupportedCommandError,
} from '../../errors.js';
import { windowed } from '../../util/windowed.js';
import { type DynamoClient, type Item, type Operation, sdk } from './client.js';
import type { DynamoStore } from './dynamodb-options.js';
import { failure, isConditionFailure, isMissingTable, isTableInUse, type Service } from './failures.js';

/** More unanswered requests than this are refused at once: they would only wait for a free socket. */
const MAX_PENDING = 1_000;
/** How often what was left undone is asked for again, and how long before, in ms; doubled, and shortened at random. */
const MAX_ROUNDS = 8;
const FIRST_WAIT_MS = 25;
const GETS_PER_REQUEST = 100;
const WRITES_PER_REQUEST = 25;
/** Of one batch. The SDK has 50 sockets, and others want some too. */
const REQUESTS_AT_ONCE = 20;
const CREATION_POLL_MS = 200;
/** How often a table that was just created may be unknown: what tells of tables lags behind. */
const MAX_UNKNOWN = 50;

/**
 * We decide what is tried again. A request that is not answered ends by itself, whoever waits for it: they would take up all sockets.
 * Newer versions of the SDK only warn of a late answer, unless they are told to throw.
 */
const ONE_ATTEMPT = {
  maxAttempts: 1,
  requestHandler: {
    connectionTimeout: 10_000,
    requestTimeout: 10_000,
    socketTimeout: 10_000,
    throwOnRequestTimeout: true,
  },
};

/** Answered in place of an error. */
export const REFUSED = Symbol('condition not met');

/** One table: every request goes through here. */
export class Table {
  readonly store: DynamoStore;
  readonly #cache: string;
  readonly #service: Service;
  #client: DynamoClient | undefined;
  #creation: Promise<void> | undefined;
  #pending = 0;
  #closed = false;

  constructor(store: DynamoStore, cache: string) {
    this.store = store;
    this.#cache = cache;
    this.#service = { name: 'dynamodb', place: `dynamodb table ${store.table}` };
    this.#client = store.client;
  }

  async connect(): Promise<void> {
    await this.#created();
    await this.#send('DescribeTable', {}, undefined);
  }

  close(): void {
    this.#closed = true;
    this.#hangUp();
  }

  /** A request under way may open a connection even after this: then it is called again, with its answer. */
  #hangUp(): void {
    if (this.store.client === undefined) this.#client?.destroy();
  }

  /** @param input without the table's name */
  async ask<Answer>(operation: Operation, input: object, signal: AbortSignal | undefined): Promise<Answer> {
    await this.#created();
    return (await this.#send(operation, input, signal)) as Answer;
  }

  /** Like {@link ask}, for requests with a condition. */
  async askIf<Answer>(
    operation: Operation,
    input: object,
    signal: AbortSignal | undefined,
  ): Promise<Answer | typeof REFUSED> {
    await this.#created();
    return (await this.#send(operation, input, signal, true)) as Answer | typeof REFUSED;
  }

  /** The items that are there, in any order. Every key once. */
  async getMany(keys: readonly string[], signal: AbortSignal | undefined): Promise<Item[]> {
    await this.#created();
    const { table, attributes } = this.store;
    const pages = await windowed(piecesOf(keys, GETS_PER_REQUEST), REQUESTS_AT_ONCE, (page) => {
      const Keys = page.map((key) => ({ [attributes.key]: { S: key } }));
      return this.#untilDone(
        { [table]: { Keys, ConsistentRead: true } },
        async (RequestItems) => {
          const answer = (await this.#send('BatchGetItem', { RequestItems }, signal)) as BatchAnswer;
          // Of the only table, whether the answer calls it by its name or its ARN.
          return { done: Object.values(answer.Responses ?? {}).flat(), left: answer.UnprocessedKeys };
        },
        signal,
      );
    });
    return pages.flat();
  }

  /** @param writes `PutRequest` and `DeleteRequest`, of every key one */
  async writeMany(writes: readonly object[], signal: AbortSignal | undefined): Promise<void> {
    await this.#created();
    const { table } = this.store;
    await windowed(piecesOf(writes, WRITES_PER_REQUEST), REQUESTS_AT_ONCE, (page) =>
      this.#untilDone(
        { [table]: page },
        async (RequestItems) => {
          const answer = (await this.#send('BatchWriteItem', { RequestItems }, signal)) as BatchAnswer;
          return { done: [], left: answer.UnprocessedItems };
        },
        signal,
      ),
    );
  }

  /** An operation of the SDK by its name, with its own input. */
  async raw(operation: string, input: object, signal: AbortSignal | undefined): Promise<unknown> {
    if (sdk()[`${operation}Command`] === undefined) {
      throw new UnsupportedCommandError("raw: dynamodb has no operation of this name; use for example 'GetItem'", {
        cache: this.#cache,
      });
    }
    if (typeof input !== 'object' || input === null) {
      throw new ConfigError(`raw: the input of ${operation} is no object; give what the SDK takes`, {
        cache: this.#cache,
      });
    }
    await this.#created();
    return this.#send(operation, input, signal);
  }

  /** What a busy table left out is asked for again, a little later. */
  async #untilDone<Work extends object>(
    work: Work,
    ask: (work: Work) => Promise<{ readonly done: readonly Item[]; readonly left: object | undefined }>,
    signal: AbortSignal | undefined,
  ): Promise<Item[]> {
    const items: Item[] = [];
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const { done, left } = await ask(work);
      items.push(...done);
      if (left === undefined || Object.keys(left).length === 0) return items;
      work = left as Work;
      await sleep(FIRST_WAIT_MS * 2 ** round * (0.5 + Math.random() / 2), undefined, signal && { signal });
    }
    throw new BackendError('dynamodb left a part of the batch undone, again and again', { cache: this.#cache });
  }

  async #send(
    operation: string,
    input: object,
    signal: AbortSignal | undefined,
    conditional = false,
  ): Promise<unknown> {
    if (this.#closed) throw new CacheClosedError('the backend is closed', { cache: this.#cache });
    if (this.#pending >= MAX_PENDING) {
      throw new BackendUnavailableError('too much is waiting for dynamodb to answer; nothing was sent', {
        cache: this.#cache,
      });
    }
    const { table } = this.store;
    const Command = sdk()[`${operation}Command`]!;
    const client = (this.#client ??= new (sdk().DynamoDBClient)({ ...this.store.config, ...ONE_ATTEMPT }));
    const named = 'RequestItems' in input ? input : { TableName: table, ...input };
    // The SDK listens several times for each request, and the requests of a batch have one signal.
    if (signal !== undefined) setMaxListeners(0, signal);
    this.#pending += 1;
    try {
      return await client.send(new Command(named), signal === undefined ? {} : { abortSignal: signal });
    } catch (error) {
      if (conditional && isConditionFailure(error)) return REFUSED;
      throw failure(error, this.#service, this.#cache);
    } finally {
      this.#pending -= 1;
      if (this.#closed) this.#hangUp();
    }
  }

  /** The table is there; one that could not be created is tried again with the next request. */
  #created(): Promise<void> | undefined {
    if (!this.store.createTable) return undefined;
    this.#creation ??= this.#create().catch((error: unknown) => {
      this.#creation = undefined;
      throw error;
    });
    return this.#creation;
  }

  async #create(): Promise<void> {
    const { key, ttl } = this.store.attributes;
    if ((await this.#status()) === undefined) {
      await this.#createTable({
        AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
        KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
      });
      await this.#active();
      await this.#enableTtl(ttl);
    } else {
      while ((await this.#status()) === 'CREATING') await sleep(CREATION_POLL_MS);
    }
  }

  async #status(): Promise<string | undefined> {
    try {
      const { Table } = (await this.#send('DescribeTable', {}, undefined)) as { Table: { TableStatus: string } };
      return Table.TableStatus;
    } catch (error) {
      if (isMissingTable((error as Error).cause)) return undefined;
      throw error;
    }
  }

  /** Another process may be doing the same. */
  async #createTable(input: object): Promise<void> {
    try {
      await this.#send('CreateTable', input, undefined);
    } catch (error) {
      if (!isTableInUse((error as Error).cause)) throw error;
    }
  }

  async #active(): Promise<void> {
    for (let unknown = 0; ;) {
      const status = await this.#status();
      if (status === 'ACTIVE') return;
      if (status === undefined && ++unknown > MAX_UNKNOWN) {
        throw new BackendUnavailableError(`${this.#service.place} is not available: it is being created`, {
          cache: this.#cache,
        });
      }
      await sleep(CREATION_POLL_MS);
    }
  }

  /** Another process may be doing the same; some emulators know no time-to-live. */
  async #enableTtl(attribute: string): Promise<void> {
    try {
      const TimeToLiveSpecification = { AttributeName: attribute, Enabled: true };
      await this.#send('UpdateTimeToLive', { TimeToLiveSpecification }, undefined);
    } catch (error) {
      const { refused = false } = error as Partial<BackendError>;
      if (!refused) throw error;
    }
  }
}

interface BatchAnswer {
  readonly Responses?: Readonly<Record<string, readonly Item[]>>;
  readonly UnprocessedKeys?: object;
  readonly UnprocessedItems?: object;
}

function piecesOf<T>(items: readonly T[], size: number): T[][] {
  const pieces: T[][] = [];
  for (let start = 0; start < items.length; start += size) pieces.push(items.slice(start, start + size));
  return pieces;
}
