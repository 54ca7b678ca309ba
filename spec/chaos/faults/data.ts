import type { Redis } from 'ioredis';
import type { Arena } from '../arena.js';
import type { Random } from '../random.js';
import { type FaultKind, MOMENT, nothing } from './kind.js';

const FRAME = Buffer.from('\u0001cw', 'latin1');
const MOST = 400;

/** Does something to some of the keys that match. */
function toKeys(
  name: string,
  pattern: string,
  work: (client: Redis, key: Buffer, random: Random) => Promise<unknown>,
): FaultKind {
  return {
    name,
    lasts: MOMENT,
    async inject(arena, random) {
      const client = arena.connect(arena.redis);
      const [, keys] = await client.scanBuffer('0', 'MATCH', pattern, 'COUNT', 10_000);
      const chosen = random.shuffled(keys).slice(0, MOST);
      await Promise.all(chosen.map((key) => work(client, key, random)));
      client.disconnect();
      return nothing;
    },
  };
}

/** Writes something else in place of an entry that has a checksum; others have no protection, and are left alone. */
function instead(change: (frame: Buffer, random: Random) => Buffer) {
  return async (client: Redis, key: Buffer, random: Random): Promise<void> => {
    const stored = await client.getBuffer(key).catch(() => null);
    if (stored?.subarray(0, FRAME.length).equals(FRAME) !== true) return;
    await client.set(key, change(Buffer.from(stored), random), 'KEEPTTL');
  };
}

function flipped(frame: Buffer, random: Random): Buffer {
  for (let count = random.between(1, 3); count > 0; count--) {
    frame[random.between(0, frame.length - 1)]! ^= 1 << random.between(0, 7);
  }
  return frame;
}

async function flush(arena: Arena): Promise<typeof nothing> {
  const over = arena.loses();
  await arena.admin('FLUSHALL');
  over();
  return nothing;
}

export const DATA_FAULTS: readonly FaultKind[] = [
  { name: 'everything is deleted', lasts: MOMENT, inject: flush },
  toKeys('stored entries are damaged', 'shop:*', instead(flipped)),
  toKeys(
    'stored entries are cut short',
    'shop:*',
    instead((frame, random) => frame.subarray(0, random.between(3, frame.length - 1))),
  ),
  toKeys(
    'entries of a newer version',
    'shop:*',
    instead((frame) => Buffer.concat([FRAME, Buffer.from('9'), frame.subarray(4)])),
  ),
  toKeys('entries stand under other keys', 'shop:*', async (client, key, random) => {
    const stored = await client.getBuffer(key).catch(() => null);
    const other = Buffer.from(key.toString('latin1').replace(/\d+$/, String(random.between(0, 9))), 'latin1');
    if (stored?.subarray(0, FRAME.length).equals(FRAME) !== true) return;
    // In a cluster the other key may be at home elsewhere.
    await client.set(other, stored, 'PX', 5_000).catch(() => undefined);
  }),
  toKeys('keys hold lists', 'shop:*', (client, key) =>
    client.multi().del(key).lpush(key, 'x').pexpire(key, 60_000).exec(),
  ),
  toKeys('marks of tags are lost', '%tag*', (client, key) => client.unlink(key)),
  toKeys('marks of tags hold lists', '%tag*', (client, key) => client.multi().del(key).lpush(key, 'x').exec()),
  toKeys('entries live shorter', 'shop:*', (client, key, random) => client.pexpire(key, random.between(1, 300))),
];
