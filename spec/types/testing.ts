import { cachedMethod, Cached, MultiCached, type Cache, type LoadContext, type Plugin } from 'cachewright';
import {
  countLoads,
  expectCached,
  expectLoads,
  expectNotCached,
  faulty,
  flippedBit,
  recorder,
  type RecordedCommand,
} from 'cachewright/testing';

// Compiled, never run: what must compile does, and what must not is expected not to.

interface User {
  id: string;
}
declare const cache: Cache;
class Users {
  @Cached() async find(id: string): Promise<User> {
    return { id };
  }
  @MultiCached() async findMany(ids: readonly string[]): Promise<Map<string, User>> {
    return new Map(ids.map((id) => [id, { id }]));
  }
}
declare const users: Users;

export async function doubles(): Promise<void> {
  const backend = faulty();
  backend.corrupt('get');
  backend.corrupt('all', flippedBit(7));
  backend.once.corrupt('multiGet', (wire) => String(wire).slice(1));
  backend.dropReply('increment');
  backend.once.dropReply('acquire', new Error('connection lost'));
  // @ts-expect-error a set answers with no value
  backend.corrupt('set');
  // @ts-expect-error no such command
  backend.dropReply('gett');
  // @ts-expect-error an error, not its message
  backend.dropReply('get', 'connection lost');
}

export function recorded(): Plugin {
  const log = recorder({ values: true });
  log.commands('get') satisfies readonly RecordedCommand[];
  // @ts-expect-error no such command
  log.keys('gett');
  // @ts-expect-error what was recorded stays as it is
  log.commands()[0]!.command = 'get';
  // @ts-expect-error no such option
  recorder({ keys: true });
  return log;
}

export function loads(): void {
  const find = countLoads(async (id: string, page?: number): Promise<User> => ({ id: `${id}${page}` }));
  void (find('7') satisfies Promise<User>);
  expectLoads(find).for('7').toBe(1);
  expectLoads(find).for('7', 2).toBeAtMost(1);
  // @ts-expect-error the ids are strings
  expectLoads(find).for(7);
  // @ts-expect-error it takes two arguments
  expectLoads(find).for('7', 2, 3);
  // @ts-expect-error nobody counts this one
  expectLoads((id: string) => id);
  // @ts-expect-error a count is a number
  expectLoads(find).toBe('1');
  // @ts-expect-error not for the test to set
  find.loads = 0;

  const load = countLoads(({ key }: LoadContext) => key);
  void cache.getOrSet('key', load);
  expectLoads(load).for('key').toBe(1);
  // @ts-expect-error told apart by the key alone
  expectLoads(load).for({ key: 'key' });
}

export async function cached(): Promise<void> {
  (await expectCached(cachedMethod(users, 'find'), '7')) satisfies User;
  (await expectCached<User>(cache, 'key')) satisfies User;
  (await expectNotCached(cachedMethod(users, 'find'), '7')) satisfies void;
  (await expectCached(cachedMethod(users, 'findMany'), '7')) satisfies User;
  (await expectNotCached(cachedMethod(users, 'findMany'), '7')) satisfies void;
  // @ts-expect-error the ids are strings
  await expectCached(cachedMethod(users, 'findMany'), 7);
  // @ts-expect-error the method takes a string
  await expectCached(cachedMethod(users, 'find'), 7);
  // @ts-expect-error a key is needed
  await expectCached(cache);
}
