import type { WireKind } from '../../contracts/serializer.js';
import { Gathering } from '../../util/gathering.js';
import { batchesOf, type SlotOf } from './batches.js';
import { Permission } from './permission.js';
import { commandError, isTornApart, replyCode } from './replies.js';
import type { Sender, Sending } from './sender.js';
import { read, toValue, toValues } from './wire.js';

/** A `get` of this turn, and who waits for it. */
interface AwaitedGet {
  readonly key: string;
  readonly wire: WireKind;
  resolve(wire: unknown): void;
  reject(error: unknown): void;
}

/** An idle server gets what was gathered in so many commands, if each has at least so many keys. */
const PARTS = 4;
const LEAST = 8;
/** Under our key somebody keeps a list, say: no value of ours. */
const GET: Sending = { recover: 'WRONGTYPE' };

/** Single gets that are issued in the same turn of the event loop travel as one MGET; a lone one stays a GET. */
export class GatheredGets {
  readonly #gathering = new Gathering<AwaitedGet>((gets) => this.#send(gets));
  readonly #sender: Sender;
  readonly #slotOf: SlotOf;
  /** Some may GET, but not MGET. */
  readonly #together = new Permission();

  constructor(sender: Sender, slotOf: SlotOf) {
    this.#sender = sender;
    this.#slotOf = slotOf;
  }

  get(key: string, wire: WireKind): Promise<unknown> {
    return new Promise((resolve, reject) => this.#gathering.add({ key, wire, resolve, reject }));
  }

  /** Sends what was asked for so far: other commands must not overtake it. */
  flush(): void {
    this.#gathering.flush();
  }

  #send(gets: readonly AwaitedGet[]): void {
    if (gets.length === 1) return this.#sendOne(gets[0]!);
    for (const alike of byWire(gets)) {
      for (const batch of batchesOf(alike, ({ key }) => key, this.#slotOf)) this.#sendBatch(batch);
    }
  }

  /** Several commands to an idle server: while we read the first answer it works on the next. Those who ask again keep them apart. */
  #sendBatch(gets: readonly AwaitedGet[]): void {
    const parts = this.#sender.idle ? Math.min(PARTS, Math.floor(gets.length / LEAST)) : 1;
    if (parts < 2) return this.#sendMany(gets);
    const size = Math.ceil(gets.length / parts);
    for (let start = 0; start < gets.length; start += size) this.#sendMany(gets.slice(start, start + size));
  }

  #sendMany(gets: readonly AwaitedGet[]): void {
    if (gets.length === 1 || this.#together.denied) return gets.forEach((get) => this.#sendOne(get));
    const { wire } = gets[0]!;
    const keys = gets.map((get) => get.key);
    void this.#sender.post(
      (client) => read(client, wire, 'mget', keys),
      gets.length,
      (reply) => {
        const wires = toValues(reply, gets.length);
        gets.forEach((get, index) => get.resolve(wires[index]));
      },
      (error) => {
        const denied = replyCode(error) === 'NOPERM';
        if (denied) this.#together.deny();
        if (denied || isTornApart(error)) gets.forEach((get) => this.#sendOne(get));
        else gets.forEach((get) => get.reject(commandError(error, this.#sender.cache)));
      },
    );
  }

  #sendOne({ key, wire, resolve, reject }: AwaitedGet): void {
    this.#sender.send((client) => read(client, wire, 'get', [key]), toValue, GET).then(resolve, reject);
  }
}

/** Calls with another serializer are rare: nearly always all are alike. */
function byWire(gets: readonly AwaitedGet[]): (readonly AwaitedGet[])[] {
  const { wire } = gets[0]!;
  if (gets.every((get) => get.wire === wire)) return [gets];
  return [gets.filter((get) => get.wire === wire), gets.filter((get) => get.wire !== wire)];
}
