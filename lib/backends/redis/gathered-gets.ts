import type { WireKind } from '../../contracts/serializer.js';
import { Gathering } from '../../util/gathering.js';
import { batchesOf, type SlotOf } from './batches.js';

/** A `get` of this turn, and who waits for it. */
export interface AwaitedGet {
  readonly key: string;
  readonly wire: WireKind;
  resolve(wire: unknown): void;
  reject(error: unknown): void;
}

/** How gathered gets travel. Both methods settle what they are given, whatever happens. */
export interface GetSender {
  /** Nothing is on its way. */
  readonly idle: boolean;
  one(get: AwaitedGet): void;
  /** Several of one kind, in one slot. */
  many(gets: readonly AwaitedGet[]): void;
}

/** From this many on they pay for a second command. */
const WORTH_HALVING = 16;

/** Single gets that are issued in the same turn of the event loop travel as one MGET; a lone one stays a GET. */
export class GatheredGets {
  readonly #gathering = new Gathering<AwaitedGet>((gets) => this.#send(gets));
  readonly #sender: GetSender;
  readonly #slotOf: SlotOf;

  constructor(sender: GetSender, slotOf: SlotOf) {
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
    if (gets.length === 1) return this.#sender.one(gets[0]!);
    for (const alike of byWire(gets)) {
      for (const batch of batchesOf(alike, ({ key }) => key, this.#slotOf)) {
        if (batch.length === 1) this.#sender.one(batch[0]!);
        else this.#sendBatch(batch);
      }
    }
  }

  /** Two commands to an idle server: while we read the first answer it works on the second. Those who ask again keep the two apart. */
  #sendBatch(gets: readonly AwaitedGet[]): void {
    if (gets.length < WORTH_HALVING || !this.#sender.idle) return this.#sender.many(gets);
    const half = gets.length >> 1;
    this.#sender.many(gets.slice(0, half));
    this.#sender.many(gets.slice(half));
  }
}

/** Calls with another serializer are rare: nearly always all are alike. */
function byWire(gets: readonly AwaitedGet[]): (readonly AwaitedGet[])[] {
  const { wire } = gets[0]!;
  if (gets.every((get) => get.wire === wire)) return [gets];
  return [gets.filter((get) => get.wire === wire), gets.filter((get) => get.wire !== wire)];
}
