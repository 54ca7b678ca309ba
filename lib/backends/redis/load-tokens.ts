import { randomBytes } from 'node:crypto';
import type { LoadedEntry, LoadFences } from '../../contracts/load-fences.js';
import { Gathering } from '../../util/gathering.js';
import { Permission } from './permission.js';
import { replyCode } from './replies.js';
import { runScript, STORE_LOADED, TAKE_TOKENS } from './scripts.js';
import type { Ask, Sender, Sending } from './sender.js';
import { tokenKey } from './token-key.js';
import { toAnswer, toWire } from './wire.js';

/** A load that takes longer than this is not stored, in ms: by then its token is gone. */
const TOKEN_LIVES_MS = 5 * 60_000;

interface Token {
  readonly id: string;
  /** The server's clock when it was taken, in ms, and ours. `NaN` = it is not told. */
  readonly serverMs: number;
  readonly takenAt: number;
}

/** Carries out `work` on batches that fit into one command. */
export type Batched = <T, R>(
  items: readonly T[],
  keyOf: (item: T) => string,
  work: (batch: readonly T[]) => Promise<R>,
) => Promise<R[]>;

/** A token that is asked for in this turn, and who waits for it. */
interface Taking {
  readonly key: string;
  readonly name: string;
  resolve(token: Token | undefined): void;
  reject(error: unknown): void;
}

/** An entry that is to be stored in this turn. */
interface Storing {
  readonly key: string;
  readonly name: string;
  readonly token: Token;
  readonly ttl: string | number;
  readonly withinMs: number | undefined;
  readonly value: string | Buffer;
  resolve(stored: boolean): void;
  reject(error: unknown): void;
}

/**
 * The tokens of loads under way, each beside its key. Every step is one script, for all keys of one turn of the event loop:
 * loads that missed together take their tokens together.
 */
export class RedisLoadTokens implements LoadFences {
  readonly #takings = new Gathering<Taking>((takings) => this.#each(takings, (batch) => this.#take(batch)));
  readonly #storings = new Gathering<Storing>((storings) => this.#each(storings, (batch) => this.#store(batch)));
  readonly #sender: Sender;
  readonly #batched: Batched;
  readonly #inCluster: boolean;
  readonly #scripts = new Permission();

  constructor(sender: Sender, batched: Batched, inCluster: boolean) {
    this.#sender = sender;
    this.#batched = batched;
    this.#inCluster = inCluster;
  }

  take(keys: readonly string[]): Promise<readonly (Token | undefined)[]> {
    const taking = keys.map(async (key) => {
      const name = this.#scripts.denied ? undefined : tokenKey(key, this.#inCluster);
      if (name === undefined) return undefined;
      return new Promise<Token | undefined>((resolve, reject) => this.#takings.add({ key, name, resolve, reject }));
    });
    return Promise.all(taking);
  }

  async store(
    entries: readonly LoadedEntry[],
    ttlMs: number | undefined,
    withinMs: number | undefined,
  ): Promise<readonly boolean[]> {
    const ttl = ttlMs === undefined ? '' : Math.ceil(ttlMs);
    const values = entries.map(({ wire }) => toWire(wire));
    const storing = entries.map(({ key, token }, index) => {
      const name = tokenKey(key, this.#inCluster)!;
      const what = { key, name, token: token as Token, ttl, withinMs, value: values[index]! };
      return new Promise<boolean>((resolve, reject) => this.#storings.add({ ...what, resolve, reject }));
    });
    return Promise.all(storing);
  }

  #each<T extends Taking | Storing>(items: readonly T[], work: (batch: readonly T[]) => Promise<void>): void {
    const carried = this.#batched(
      items,
      ({ key }) => key,
      (batch) => work(batch),
    );
    // Whoever was answered already does not mind.
    carried.catch((error: unknown) => items.forEach(({ reject }) => reject(error)));
  }

  async #take(batch: readonly Taking[]): Promise<void> {
    const takenAt = performance.now();
    const names = batch.flatMap(({ key, name }) => [key, name]);
    const ask: Ask = (client) =>
      runScript(client, TAKE_TOKENS, names, [randomBytes(12).toString('base64url'), TOKEN_LIVES_MS]).catch(
        (error: unknown) => {
          if (replyCode(error) !== 'NOPERM') throw error;
          this.#scripts.deny();
          return undefined;
        },
      );
    const taken = await this.#sender.send(
      ask,
      (reply) => (reply === undefined ? undefined : (toAnswer(reply, batch.length + 1) as readonly string[])),
      weighing(batch),
    );
    const serverMs = Number.parseInt(taken?.[0] ?? '', 10);
    batch.forEach(({ resolve }, index) => {
      resolve(taken === undefined ? undefined : { id: taken[index + 1]!, serverMs, takenAt });
    });
  }

  async #store(batch: readonly Storing[]): Promise<void> {
    const names = batch.flatMap(({ key, name }) => [key, name]);
    const args = batch.flatMap(({ token, ttl, withinMs, value }) => [
      token.id,
      deadlineOf(token, withinMs),
      ttl,
      value,
    ]);
    const ask: Ask = (client) => runScript(client, STORE_LOADED, names, args);
    const done = await this.#sender.send(ask, (reply) => toAnswer(reply, batch.length), weighing(batch));
    batch.forEach(({ resolve }, index) => resolve(Number(done[index]) === 1));
  }
}

function weighing(batch: readonly unknown[]): Sending {
  return { weight: batch.length };
}

/** On the server's clock, of which we know only how it stood when the token was taken. */
function deadlineOf({ serverMs, takenAt }: Token, withinMs: number | undefined): string | number {
  return withinMs === undefined || Number.isNaN(serverMs)
    ? ''
    : Math.ceil(serverMs + (performance.now() - takenAt) + withinMs);
}
