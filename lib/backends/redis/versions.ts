import type { BackendCall, Wire } from '../../contracts/backend.js';
import type { Versioned, VersionedStore } from '../../contracts/versions.js';
import { COMPARE_AND_SET, READ_VERSION, runScript } from './scripts.js';
import type { Sender } from './sender.js';
import { toAnswer, toWire } from './wire.js';

/**
 * Redis does not number writes, and what it holds is what the serializer made. So a state is a value and when it ends: a
 * value that was changed and changed back, with the same end, is taken for unchanged.
 */
interface Version {
  readonly value: Buffer | string | undefined;
  readonly expiry: string;
}

export class RedisVersions implements VersionedStore {
  readonly #sender: Sender;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  read(key: string, { wire }: BackendCall): Promise<Versioned> {
    return this.#sender.send(
      (client) => runScript(client, READ_VERSION, [key], [], 'bytes'),
      (reply) => {
        const [stored, expiry] = toAnswer(reply, 2) as readonly [Buffer | null, Buffer];
        const version: Version = { value: stored ?? undefined, expiry: expiry.toString() };
        if (stored === null) return { wire: undefined, version };
        return { wire: wire === 'text' ? stored.toString('utf8') : stored, version };
      },
    );
  }

  compareAndSet(
    key: string,
    { value, expiry }: Version,
    wire: Wire,
    ttlMs: number | undefined,
  ): Promise<{ readonly version: Version } | undefined> {
    const next = toWire(wire);
    const was = value === undefined ? ['0', '', ''] : ['1', value, expiry];
    const args = [...was, next, ttlMs === undefined ? '' : Math.ceil(ttlMs)];
    return this.#sender.send(
      (client) => runScript(client, COMPARE_AND_SET, [key], args),
      (reply) => {
        const [end] = toAnswer(reply, 1) as readonly [string | null];
        return end === null ? undefined : { version: { value: next, expiry: end } };
      },
    );
  }
}
