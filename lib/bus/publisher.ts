import type { RedisClient } from '../backends/redis/client.js';
import type { BusMessage } from '../contracts/bus.js';
import { type Line, Reconnecting } from '../util/reconnecting.js';
import { Traffic } from '../util/traffic.js';
import { Changes } from './changes.js';
import { pack } from './parcel.js';

/** Publishing waits this long for an answer; then it goes on in the background. */
const PATIENCE_MS = 250;
/** More unanswered parcels than this, and what is published is kept instead: a frozen server must not fill this process's memory. */
const MAX_UNANSWERED = 1_000;
/** More changes than this are not kept one by one: "everything" is the shorter message. */
const MAX_KEPT = 10_000;

/** The connection that publishes, and what it could not publish yet. */
export class Publisher {
  readonly #sender: string;
  readonly #channel: string;
  readonly #traffic = new Traffic();
  readonly #connection: Reconnecting<RedisClient>;
  readonly #underWay = new Set<Promise<void>>();
  /** Of this turn of the event loop. */
  #fresh = new Changes();
  #turn: Promise<void> | undefined;
  #kept = new Changes();

  constructor(sender: string, channel: string, line: Line<RedisClient>) {
    this.#sender = sender;
    this.#channel = channel;
    this.#connection = new Reconnecting({ ...line, dial: () => this.#dial(line) }, this.#traffic);
  }

  /** Changes that wait for the server to be back. */
  get kept(): number {
    return this.#kept.size;
  }

  async connect(): Promise<void> {
    await this.#connection.connect();
  }

  /** What is published in one turn of the event loop travels together. Never rejects. */
  publish(message: BusMessage): Promise<void> {
    this.#fresh.add(message);
    this.#turn ??= new Promise((resolve) => {
      process.nextTick(() => {
        this.#turn = undefined;
        this.#sendFresh().then(resolve, resolve);
      });
    });
    return this.#turn;
  }

  /** What is on its way gets a moment to arrive, also where it has to wait for the first connection. */
  async close(): Promise<void> {
    void this.#sendFresh();
    await within(PATIENCE_MS, this.#settled());
    await this.#connection.close();
  }

  async #settled(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.all(this.#underWay);
  }

  #sendFresh(): Promise<void> {
    const changes = this.#fresh;
    this.#fresh = new Changes();
    return changes.size === 0 ? Promise.resolve() : within(PATIENCE_MS, this.#send(changes));
  }

  /** Resolves when they were taken by the server, or kept. */
  #send(changes: Changes): Promise<void> {
    const sent = this.#post(changes).then(
      () => this.#sendKept(),
      () => this.#keep(changes),
    );
    this.#underWay.add(sent);
    return sent.finally(() => this.#underWay.delete(sent));
  }

  async #post(changes: Changes): Promise<void> {
    if (this.#traffic.pending >= MAX_UNANSWERED) throw new Error('too much is waiting for an answer');
    const client = this.#connection.client ?? (await this.#connection.open());
    const parcels = pack(this.#sender, changes.messages());
    await Promise.all(parcels.map((parcel) => this.#call(client, parcel)));
  }

  async #call(client: RedisClient, parcel: string): Promise<void> {
    this.#traffic.pending += 1;
    try {
      await client.call('publish', [this.#channel, parcel]);
    } finally {
      this.#traffic.settle(1);
    }
  }

  #keep(changes: Changes): void {
    this.#kept.merge(changes);
    this.#kept.bound(MAX_KEPT);
  }

  #sendKept(): void {
    const kept = this.#kept;
    if (kept.size === 0) return;
    this.#kept = new Changes();
    void this.#send(kept);
  }

  #dial(line: Line<RedisClient>): ReturnType<Line<RedisClient>['dial']> {
    const dial = line.dial();
    dial.ready
      // Asked again, because it counts as connected a moment later than it is.
      .then(() => this.#connection.connect())
      .then(
        () => this.#sendKept(),
        () => undefined,
      );
    return dial;
  }
}

/** Resolves with `work`, or when the time is up. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const up = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms).unref();
  });
  await Promise.race([work, up]);
  clearTimeout(timer);
}
