import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { Channel } from '#lib/backends/memcached/channel.js';

/** How many of these are left by a collection. */
async function alive(some: readonly WeakRef<object>[]): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await setImmediate();
  collect();
  return some.filter((each) => each.deref() !== undefined).length;
}

/** A server that answers when the spec says so. */
class Line {
  readonly socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  #answered = 0;

  answer(): void {
    const reply = Buffer.alloc(24);
    reply[0] = 0x81;
    reply.writeUInt32BE(this.#answered++, 12);
    this.socket.push(reply);
  }
}

describe('a connection to memcached', () => {
  it('holds on to nothing that was answered while it never falls idle', async () => {
    const line = new Line();
    const channel = new Channel(line.socket as Socket);
    const answered: WeakRef<object>[] = [];
    const ask = (): Promise<void> => {
      const values: unknown[] = [];
      answered.push(new WeakRef(values));
      return channel.gets(['k'], (reply) => void values.push(reply));
    };
    let oldest = ask();
    for (let round = 0; round < 100; round++) {
      const next = ask();
      line.answer();
      await oldest;
      oldest = next;
    }
    expect(await alive(answered)).to.be.at.most(5);
    line.answer();
    await oldest;
    line.socket.destroy();
  });
});
