/** Told when its time is up. `late` = the event loop was stalled, so the answer may just not have been read yet. */
export interface Expirable {
  expire(late: boolean): void;
}

/** A running deadline. */
export interface Deadline {
  cancel(): void;
}

/** Lateness from which a timer says more about our own event loop than about the other side. */
const STALL_MS = 50;

/** The longest delay `setTimeout` takes; beyond it fires at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Deadlines that all lie equally far ahead: they expire in the order they started, so one timer serves them all and
 * starting or cancelling one is a few pointer writes. The timer keeps the process alive only while somebody waits.
 *
 * When time is up the loop gets one more turn for I/O, because timers run before replies that already arrived are read.
 */
export class DeadlineQueue {
  readonly #ms: number;
  readonly #ends = new Ticket(this, undefined, 0);
  #timer: NodeJS.Timeout | undefined;
  /** The `setTimeout` that made the timer: another one (fake timers came or went) means that it may never fire. */
  #armedWith: typeof setTimeout | undefined;
  #waiting = 0;

  /** @param ms distance of every deadline, in ms */
  constructor(ms: number) {
    this.#ms = Math.min(ms, MAX_TIMER_MS);
    this.#ends.next = this.#ends.previous = this.#ends;
  }

  start(target: Expirable): Deadline {
    const ticket = new Ticket(this, target, performance.now() + this.#ms);
    const last = this.#ends.previous!;
    last.next = this.#ends.previous = ticket;
    ticket.previous = last;
    ticket.next = this.#ends;
    if (this.#waiting++ === 0) this.#keepAlive();
    return ticket;
  }

  /** Called by a ticket. */
  remove(ticket: Ticket): void {
    if (ticket.next === undefined) return;
    ticket.previous!.next = ticket.next;
    ticket.next.previous = ticket.previous;
    ticket.next = ticket.previous = undefined;
    if (--this.#waiting === 0) this.#timer?.unref();
  }

  #keepAlive(): void {
    if (this.#timer !== undefined && this.#armedWith === globalThis.setTimeout) this.#timer.ref();
    else this.#arm(this.#ms);
  }

  #arm(ms: number): void {
    this.#armedWith = globalThis.setTimeout;
    this.#timer = setTimeout(() => this.#timeUp(), Math.ceil(ms));
  }

  #timeUp(): void {
    this.#timer = undefined;
    const head = this.#ends.next!;
    if (head.target === undefined) return;
    const now = performance.now();
    const remaining = head.expiresAt - now;
    if (remaining > 0) this.#arm(remaining);
    else setImmediate(() => this.#expire(now, -remaining > STALL_MS));
  }

  #expire(until: number, late: boolean): void {
    for (let head = this.#ends.next!; head.target !== undefined && head.expiresAt <= until; head = this.#ends.next!) {
      this.remove(head);
      head.target.expire(late);
    }
    const head = this.#ends.next!;
    if (head.target !== undefined && this.#timer === undefined) {
      this.#arm(Math.max(0, head.expiresAt - performance.now()));
    }
  }
}

/** Durations that share a timer; of others every deadline has its own. */
const MAX_QUEUES = 64;

class Ticket implements Deadline {
  next: Ticket | undefined;
  previous: Ticket | undefined;

  constructor(
    private readonly queue: DeadlineQueue,
    readonly target: Expirable | undefined,
    readonly expiresAt: number,
  ) {}

  cancel(): void {
    this.queue.remove(this);
  }
}

/** The deadlines of one cache: a queue for each of the few durations it uses all the time. */
export class Deadlines {
  readonly #queues = new Map<number, DeadlineQueue>();

  /** @param usual durations that most calls use, in ms */
  constructor(usual: Iterable<number | undefined>) {
    for (const ms of usual) if (ms !== undefined) this.#queues.set(ms, new DeadlineQueue(ms));
  }

  /** This duration, too, will be used all the time. */
  expect(ms: number): void {
    if (this.#queues.size < MAX_QUEUES && !this.#queues.has(ms)) this.#queues.set(ms, new DeadlineQueue(ms));
  }

  start(ms: number, target: Expirable): Deadline {
    return (this.#queues.get(ms) ?? new DeadlineQueue(ms)).start(target);
  }
}
