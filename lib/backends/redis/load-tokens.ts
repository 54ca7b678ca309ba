import { randomBytes } from 'node:crypto';
import type { LoadedEntry, LoadFences } from '../../contracts/load-fences.js';
import { replyCode } from './replies.js';
import { runScript, STORE_LOADED, TAKE_TOKENS } from './scripts.js';
import type { Sender } from './sender.js';
import { tokenKey } from './token-key.js';
import { toWire } from './wire.js';

/** A load that takes longer than this is not stored, in ms: by then its token is gone. */
const TOKEN_LIVES_MS = 5 * 60_000;

interface Token {
  readonly id: string;
  /** The server's clock when it was taken, in ms, and ours. */
  readonly serverMs: number;
  readonly takenAt: number;
}

/** Carries out `work` on batches that fit into one command. */
export type Batched = <T, R>(
  items: readonly T[],
  keyOf: (item: T) => string,
  work: (batch: readonly T[]) => Promise<R>,
) => Promise<R[]>;

/** The tokens of loads under way, each beside its key; every step is one script. */
export class RedisLoadTokens implements LoadFences {
  readonly #sender: Sender;
  readonly #batched: Batched;
  readonly #inCluster: boolean;
  /** The server's ACL lets us run no scripts. */
  #forbidden = false;

  constructor(sender: Sender, batched: Batched, inCluster: boolean) {
    this.#sender = sender;
    this.#batched = batched;
    this.#inCluster = inCluster;
  }

  async take(keys: readonly string[]): Promise<readonly (Token | undefined)[]> {
    const tokens = new Array<Token | undefined>(keys.length).fill(undefined);
    const watched = keys.flatMap((key, position) => {
      const name = tokenKey(key, this.#inCluster);
      return name === undefined ? [] : [{ key, name, position }];
    });
    if (this.#forbidden || watched.length === 0) return tokens;
    await this.#batched(
      watched,
      ({ key }) => key,
      async (batch) => {
        const takenAt = performance.now();
        const taken = await this.#take(batch.flatMap(({ key, name }) => [key, name]));
        if (taken === undefined) return;
        const [serverMs, ...ids] = taken;
        batch.forEach(({ position }, index) => {
          tokens[position] = { id: ids[index]!, serverMs: Number(serverMs), takenAt };
        });
      },
    );
    return tokens;
  }

  async store(
    entries: readonly LoadedEntry[],
    ttlMs: number | undefined,
    withinMs: number | undefined,
  ): Promise<readonly boolean[]> {
    const stored = new Array<boolean>(entries.length).fill(false);
    const ttl = ttlMs === undefined ? '' : Math.ceil(ttlMs);
    const positions = entries.map((_, position) => position);
    const keyAt = (position: number): string => entries[position]!.key;
    await this.#batched(positions, keyAt, async (batch) => {
      const keys = batch.flatMap((position) => [keyAt(position), tokenKey(keyAt(position), this.#inCluster)!]);
      const values = batch.flatMap((position) => {
        const { token, wire } = entries[position]!;
        return [(token as Token).id, deadlineOf(token as Token, withinMs), toWire(wire)];
      });
      const done = await this.#sender.send(
        (client) => runScript(client, STORE_LOADED, keys, [ttl, ...values]),
        (reply) => reply as unknown[],
        { weight: batch.length },
      );
      batch.forEach((position, index) => (stored[position] = Number(done[index]) === 1));
    });
    return stored;
  }

  /** The server's time and a token for each pair of names; `undefined` where scripts are forbidden. */
  #take(names: readonly string[]): Promise<readonly string[] | undefined> {
    return this.#sender.send(
      (client) =>
        runScript(client, TAKE_TOKENS, names, [randomBytes(12).toString('base64url'), TOKEN_LIVES_MS]).catch(
          (error: unknown) => {
            if (!isForbidden(error)) throw error;
            this.#forbidden = true;
            return undefined;
          },
        ),
      (reply) => reply as readonly string[] | undefined,
    );
  }
}

/** The script itself, or a command in it: Redis 6 tells the latter in the middle of its answer. */
function isForbidden(error: unknown): boolean {
  return replyCode(error) === 'NOPERM' || (error instanceof Error && error.message.includes('-NOPERM'));
}

/** On the server's clock, of which we know only how it stood when the token was taken. */
function deadlineOf({ serverMs, takenAt }: Token, withinMs: number | undefined): string | number {
  return withinMs === undefined ? '' : Math.ceil(serverMs + (performance.now() - takenAt) + withinMs);
}
