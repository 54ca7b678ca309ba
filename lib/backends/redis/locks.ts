import type { LockGranted, LockHeld, LockStore } from '../../contracts/locks.js';
import { ACQUIRE, RELEASE, RENEW, runScript } from './scripts.js';
import type { Sender } from './sender.js';
import type { Subscriber } from './subscriber.js';
import { toAnswer } from './wire.js';

/** A lock nobody asked for in so long counts on from the server's clock. */
const TOKENS_LIVE_MS = 7 * 24 * 3_600_000;

/** Locks as keys that hold their owner and end by themselves; every step is one script. */
export class RedisLocks implements LockStore {
  readonly #sender: Sender;
  readonly #subscriber: Subscriber;

  constructor(sender: Sender, subscriber: Subscriber) {
    this.#sender = sender;
    this.#subscriber = subscriber;
  }

  acquire(key: string, owner: string, leaseMs: number): Promise<LockGranted | LockHeld> {
    const args = [owner, Math.ceil(leaseMs), TOKENS_LIVE_MS];
    return this.#sender.send(
      // The name of the lock holds the hash tag, so both lie in one slot of a cluster.
      (client) => runScript(client, ACQUIRE, [key, `${key}:token`], args),
      (reply) => {
        const [granted, number] = toAnswer(reply, 2);
        return granted === '1' ? { token: Number(number) } : { heldForMs: Math.max(0, Number(number)) };
      },
    );
  }

  renew(key: string, owner: string, leaseMs: number): Promise<boolean> {
    return this.#sender.send((client) => runScript(client, RENEW, [key], [owner, Math.ceil(leaseMs)]), isOne);
  }

  release(key: string, owner: string): Promise<boolean> {
    return this.#sender.send((client) => runScript(client, RELEASE, [key], [owner]), isOne);
  }

  watch(key: string, wake: () => void): Promise<() => void> {
    return this.#subscriber.listen(key, wake);
  }
}

function isOne(reply: unknown): boolean {
  return Number(reply) === 1;
}
