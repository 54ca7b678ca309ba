/**
 * Hits of the policy that knows the future: what is used again last goes first, be it the newcomer.
 * L. Belady, "A study of replacement algorithms for virtual-storage computers", 1966.
 */
export function clairvoyantHits(requests: Int32Array, keys: number, capacity: number): number {
  const nextUse = nextUses(requests, keys);
  const due = new Float64Array(keys).fill(-1);
  const heap = new LatestFirst(2 * capacity + 2);
  let size = 0;
  let hits = 0;
  for (let at = 0; at < requests.length; at++) {
    const key = requests[at]!;
    const next = nextUse[at]!;
    if (due[key]! >= 0) hits++;
    else size++;
    due[key] = next;
    if (heap.full) heap.rebuild(due);
    heap.push(key, next);
    while (size > capacity) {
      const victim = heap.pop();
      // What was used since stands in the heap again, with its new time.
      if (due[heap.key] !== victim) continue;
      due[heap.key] = -1;
      size--;
    }
  }
  return hits;
}

function nextUses(requests: Int32Array, keys: number): Float64Array {
  const next = new Float64Array(requests.length);
  const seen = new Int32Array(keys).fill(-1);
  for (let at = requests.length - 1; at >= 0; at--) {
    const key = requests[at]!;
    // Keys never used again are told apart, so that each stands in the heap under a time of its own.
    next[at] = seen[key] === -1 ? requests.length + at : seen[key]!;
    seen[key] = at;
  }
  return next;
}

/** A binary heap of keys, the latest time on top. */
class LatestFirst {
  /** The key that was popped last. */
  key = -1;
  readonly #times: Float64Array;
  readonly #keys: Int32Array;
  #size = 0;

  constructor(room: number) {
    this.#times = new Float64Array(room);
    this.#keys = new Int32Array(room);
  }

  get full(): boolean {
    return this.#size === this.#times.length;
  }

  push(key: number, time: number): void {
    let at = this.#size++;
    for (let parent = (at - 1) >> 1; at > 0 && this.#times[parent]! < time; parent = (at - 1) >> 1) {
      this.#move(parent, at);
      at = parent;
    }
    this.#times[at] = time;
    this.#keys[at] = key;
  }

  /** The latest time; its key is in `key`. */
  pop(): number {
    const top = this.#times[0]!;
    this.key = this.#keys[0]!;
    const last = --this.#size;
    const time = this.#times[last]!;
    const key = this.#keys[last]!;
    let at = 0;
    for (let child = 1; child < last; child = 2 * at + 1) {
      if (child + 1 < last && this.#times[child + 1]! > this.#times[child]!) child++;
      if (this.#times[child]! <= time) break;
      this.#move(child, at);
      at = child;
    }
    this.#times[at] = time;
    this.#keys[at] = key;
    return top;
  }

  /** Leaves out what was used since. */
  rebuild(due: Float64Array): void {
    const size = this.#size;
    this.#size = 0;
    for (let at = 0; at < size; at++) {
      const key = this.#keys[at]!;
      const time = this.#times[at]!;
      if (due[key] === time) this.push(key, time);
    }
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from]!;
    this.#keys[to] = this.#keys[from]!;
  }
}
