import type { Wire } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';
import type { Item } from './client.js';
import { type Items, toBytes } from './items.js';
import { type LargeValues, objectOf } from './large-values.js';
import { REFUSED, type Table } from './table.js';

/** Writes and reads values: in the item, or beside it where it is too small for them. */
export class Values {
  readonly #table: Table;
  readonly #items: Items;
  readonly #large: LargeValues | undefined;

  constructor(table: Table, items: Items, large: LargeValues | undefined) {
    this.#table = table;
    this.#items = items;
    this.#large = large;
  }

  /**
   * Puts an entry under a key as it stands in the table. Answers its version, or that the condition was not met.
   * @param condition of the write, as parts of its input
   */
  async put(
    key: string,
    wire: Wire,
    lifetime: Item,
    condition: object,
    signal: AbortSignal | undefined,
  ): Promise<string | typeof REFUSED> {
    const bytes = toBytes(wire);
    const large = this.#large;
    if (large === undefined) {
      const Item = this.#items.entry(key, bytes, lifetime);
      const answer = await this.#table.askIf('PutItem', { Item, ...condition }, signal);
      return answer === REFUSED ? REFUSED : Item.version.S;
    }
    const object = large.holds(bytes) ? { object: { S: await large.put(bytes, signal) } } : undefined;
    const Item = { ...this.#items.entry(key, object === undefined ? bytes : NOTHING, lifetime), ...object };
    const input = { Item, ...condition, ReturnValues: 'ALL_OLD' };
    try {
      const answer = await this.#table.askIf<{ Attributes?: Item }>('PutItem', input, signal);
      large.forget(answer === REFUSED ? object : answer.Attributes);
      return answer === REFUSED ? REFUSED : Item.version.S;
    } catch (error) {
      // It may have been written all the same: then it is a miss.
      large.forget(object);
      throw error;
    }
  }

  /** Whether batches have to go item by item: they do not tell what they write over. */
  get oneByOne(): boolean {
    return this.#large !== undefined;
  }

  /** `undefined` = the object that held it is gone. */
  read(item: Item, kind: WireKind, signal: AbortSignal | undefined): Wire | Promise<Wire | undefined> {
    const object = objectOf(item);
    if (object === undefined || this.#large === undefined) return inKind(this.#items.bytesOf(item), kind);
    return this.#large.get(object, signal).then((bytes) => (bytes === undefined ? undefined : inKind(bytes, kind)));
  }

  /** These items are gone: so are their values. */
  forget(...items: readonly (Item | undefined)[]): void {
    this.#large?.forget(...items);
  }

  close(): void {
    this.#large?.close();
  }
}

const NOTHING = new Uint8Array();

function inKind(bytes: Buffer, kind: WireKind): Wire {
  return kind === 'text' ? bytes.toString('utf8') : bytes;
}
