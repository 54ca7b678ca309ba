import { Cached, CacheEvict, CachePut, MultiCached, type Cache } from 'cachewright';

// Type parameters count by their constraints.

interface Entity {
  id: string;
}
declare const cache: Cache;

export class Repository<Item extends Entity, Id extends string = string> {
  mine = cache;
  @CachePut({ key: (e: Entity) => e.id }) async save(e: Item): Promise<Item> {
    return e;
  }
  @CachePut({ keyOf: (e: Entity) => e.id }) async make(e: Item): Promise<Item> {
    return e;
  }
  @CachePut({ keyOf: (e: Entity, id: string) => e.id + id, ttl: (_e: Entity, id: string) => id.length }) async make2(
    _id: Id,
    e: Item,
  ): Promise<Item> {
    return e;
  }
  @CachePut({ of: 'find', unless: (e: Entity) => e.id === '' }) async put(_id: string): Promise<Item> {
    throw new Error();
  }
  @CacheEvict({ key: (e: Entity) => [e.id], condition: (e: Entity) => e.id !== '' }) async drop(
    e: Item,
  ): Promise<void> {
    void e;
  }
  @Cached({ unless: (e: Entity | null) => e === null }) async find(_id: string): Promise<Item | null> {
    return null;
  }
  @Cached({ key: (...ids: string[]) => ids.join() }) async rest(...ids: Id[]): Promise<Id[]> {
    return ids;
  }
  @Cached({ key: (e?: Entity) => String(e?.id) }) async optional(e?: Item): Promise<string> {
    return String(e?.id);
  }
  @Cached({ key: (e: Entity) => e.id }) async generic<T extends Entity>(e: T): Promise<T> {
    return e;
  }
  @Cached({ cache: (self: Repository<Entity>) => self.mine }) async x(_id: string): Promise<number> {
    return 1;
  }
  @MultiCached({ idOf: (e: Entity) => e.id }) async many(_ids: readonly string[]): Promise<Item[]> {
    return [];
  }
  @MultiCached({ unless: (e: Entity, id: string) => e.id === id }) async map(
    _ids: readonly string[],
  ): Promise<Map<string, Item>> {
    return new Map();
  }
  @MultiCached({ returns: 'record', ttl: (e: Entity) => e.id.length }) async record(
    _ids: string[],
  ): Promise<Record<string, Item>> {
    return {};
  }
  // @ts-expect-error key
  @CachePut({ key: (e: Date) => e.toISOString() }) async save1(e: Item): Promise<Item> {
    return e;
  }
  // @ts-expect-error key wants more than the constraint has
  @CachePut({ key: (e: Entity & { name: string }) => e.name }) async save2(e: Item): Promise<Item> {
    return e;
  }
  // @ts-expect-error more parameters than the method has
  @CachePut({ key: (e: Entity, x: string) => e.id + x }) async save3(e: Item): Promise<Item> {
    return e;
  }
  // @ts-expect-error keyOf
  @CachePut({ keyOf: (e: Date) => e.toISOString() }) async make3(e: Item): Promise<Item> {
    return e;
  }
  // @ts-expect-error the method may answer null
  @Cached({ unless: (e: Entity) => e.id === '' }) async find2(_id: string): Promise<Item | null> {
    return null;
  }
  // @ts-expect-error the argument may be missing
  @Cached({ key: (e: Entity) => e.id }) async find3(e?: Item): Promise<Item | undefined> {
    return e;
  }
  // @ts-expect-error the argument may be something else
  @Cached({ key: (e: Entity) => e.id }) async find4(e: Item | string): Promise<Item | string> {
    return e;
  }
  // @ts-expect-error the argument may be anything
  @Cached({ key: (e: Entity) => e.id }) async find5(...all: unknown[]): Promise<unknown> {
    return all;
  }
  // @ts-expect-error one fits, the other does not
  @Cached({ key: (e: Entity) => e.id, unless: (e: Date) => e.getTime() > 0 }) async find6(e: Item): Promise<Item> {
    return e;
  }
  // @ts-expect-error other class
  @Cached({ cache: (_self: Date) => cache }) async x1(_id: string): Promise<number> {
    return 1;
  }
  // @ts-expect-error a class of this one's
  @Cached({ cache: (self: Special) => self.special }) async x2(_id: string): Promise<number> {
    return 1;
  }
  // @ts-expect-error the sibling takes other arguments
  @CachePut({ of: 'find', unless: (e: Entity) => e.id === '' }) async put2(_id: number): Promise<Item> {
    throw new Error();
  }
  // @ts-expect-error idOf
  @MultiCached({ idOf: (e: Date) => String(e) }) async many1(_ids: string[]): Promise<Item[]> {
    return [];
  }
  // @ts-expect-error idOf answers another type
  @MultiCached({ idOf: (e: Entity) => e.id }) async many2(_ids: number[]): Promise<Item[]> {
    return [];
  }
  // @ts-expect-error array needs idOf
  @MultiCached({ unless: (e: Entity) => e.id === '' }) async many3(_ids: string[]): Promise<Item[]> {
    return [];
  }
  // @ts-expect-error takes no array
  @MultiCached({ idOf: (e: Entity) => e.id }) async many4(_ids: ReadonlySet<string>): Promise<Item[]> {
    return [];
  }
  // @ts-expect-error sync
  @Cached({ key: (e: Entity) => e.id }) sync(e: Item): Item {
    return e;
  }
}

export class Special extends Repository<Entity> {
  special = cache;
}

export class Wide {
  // @ts-expect-error narrower than the argument
  @Cached({ key: (id: string) => id }) async find(id: string | number): Promise<string | number> {
    return id;
  }
  // @ts-expect-error narrower than the result
  @Cached({ unless: (id: string) => id === '' }) async find2(id: string | number): Promise<string | number> {
    return id;
  }
  // @ts-expect-error a class of this one's
  @Cached({ cache: (_self: Wider) => cache }) async x(): Promise<number> {
    return 1;
  }
}
export class Wider extends Wide {
  more = 1;
}
