const LEVELS = 5;
const BUCKETS = 64;

/** How many milliseconds a bucket of each level is long; what is due later than all levels reach waits in the last one. */
const SPANS = [1, 64, 4_096, 262_144, 16_777_216] as const;

/** The list of what may be due, behind the buckets. */
const DUE = LEVELS * BUCKETS;
const HEADS = DUE + 1;

/**
 * Knows which entries are due without looking at the others. G. Varghese and T. Lauck, "Hashed and hierarchical timing wheels",
 * SOSP 1987: buckets that get longer the later they are; when time comes to one, what is in it goes on to a shorter one.
 * Lists are linked through arrays, so scheduling costs no objects. A step of time is a millisecond.
 */
export class TimerWheel {
  readonly #origin: number;
  /** Milliseconds since the origin. */
  #now = 0;
  #next = new Uint32Array(HEADS);
  #previous = new Uint32Array(HEADS);

  /** @param now the time, in ms, that everything else is told in */
  constructor(now: number) {
    this.#origin = Math.floor(now);
    for (let head = 0; head < HEADS; head++) this.#next[head] = this.#previous[head] = head;
  }

  reserve(slots: number): void {
    this.#next = longer(this.#next, HEADS + slots);
    this.#previous = longer(this.#previous, HEADS + slots);
  }

  /** Forgets when a slot was due before. */
  schedule(slot: number, dueAt: number): void {
    this.cancel(slot);
    const node = HEADS + slot;
    const head = this.#bucketOf(Math.ceil(dueAt - this.#origin));
    const last = this.#previous[head]!;
    this.#next[node] = head;
    this.#previous[node] = last;
    this.#next[last] = node;
    this.#previous[head] = node;
  }

  cancel(slot: number): void {
    const node = HEADS + slot;
    const next = this.#next[node]!;
    const previous = this.#previous[node]!;
    // Nodes that are in no list lead nowhere: to the first head, which would lead back if they were in it.
    if (next === 0 && previous === 0 && this.#next[0] !== node) return;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#next[node] = this.#previous[node] = 0;
  }

  /** Lets time go on. What may be due by then is answered by {@link takeDue}. */
  advance(to: number): void {
    const before = this.#now;
    const now = Math.floor(to - this.#origin);
    if (now <= before) return;
    this.#now = now;
    for (let level = 0; level < LEVELS; level++) {
      const from = Math.floor(before / SPANS[level]!);
      const until = Math.floor(now / SPANS[level]!);
      if (from === until) return;
      for (let index = from + 1; index <= Math.min(until, from + BUCKETS); index++) {
        this.#append(level * BUCKETS + (index % BUCKETS));
      }
    }
  }

  /** A slot that may be due, and is scheduled no more; `0` when there is none left. Some are only to be scheduled again. */
  takeDue(): number {
    const node = this.#next[DUE]!;
    if (node === DUE) return 0;
    this.cancel(node - HEADS);
    return node - HEADS;
  }

  /** The earliest time at which something may be due; `Infinity` when nothing is scheduled. */
  nextDue(): number {
    if (this.#next[DUE] !== DUE) return this.#origin + this.#now;
    let earliest = Infinity;
    for (let level = 0; level < LEVELS; level++) {
      const span = SPANS[level]!;
      const current = Math.floor(this.#now / span);
      for (let index = current + 1; index <= current + BUCKETS && index * span < earliest; index++) {
        const head = level * BUCKETS + (index % BUCKETS);
        if (this.#next[head] !== head) earliest = index * span;
      }
    }
    return this.#origin + earliest;
  }

  #bucketOf(due: number): number {
    const wait = due - this.#now;
    if (wait <= 0) return DUE;
    let level = 0;
    while (level < LEVELS - 1 && wait >= SPANS[level]! * BUCKETS) level++;
    const span = SPANS[level]!;
    const index = Math.min(Math.floor(due / span), Math.floor(this.#now / span) + BUCKETS - 1);
    return level * BUCKETS + (index % BUCKETS);
  }

  /** Moves a whole bucket to the end of what may be due. */
  #append(head: number): void {
    const first = this.#next[head]!;
    if (first === head) return;
    const last = this.#previous[head]!;
    const end = this.#previous[DUE]!;
    this.#next[end] = first;
    this.#previous[first] = end;
    this.#next[last] = DUE;
    this.#previous[DUE] = last;
    this.#next[head] = this.#previous[head] = head;
  }
}

function longer(array: Uint32Array<ArrayBuffer>, length: number): Uint32Array<ArrayBuffer> {
  const copy = new Uint32Array(length);
  copy.set(array);
  return copy;
}
