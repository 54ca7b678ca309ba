/**
 * Collects what is asked for in one turn of the event loop and hands it over together. `process.nextTick` runs its
 * callbacks only when no microtask is left, so everything that goes on from one read of a socket ends up in one batch,
 * and nothing waits for I/O.
 */
export class Gathering<Item> {
  readonly #handOver: (items: readonly Item[]) => void;
  #items: Item[] = [];

  /** @param handOver gets the items in the order they came; must not throw */
  constructor(handOver: (items: readonly Item[]) => void) {
    this.#handOver = handOver;
  }

  add(item: Item): void {
    if (this.#items.push(item) === 1) process.nextTick(flush, this);
  }

  /** Hands over what there is, now: before something that must not overtake it. */
  flush(): void {
    if (this.#items.length === 0) return;
    const items = this.#items;
    this.#items = [];
    this.#handOver(items);
  }
}

/** One function for all, so that a turn costs no closure. */
function flush(gathering: Gathering<unknown>): void {
  gathering.flush();
}
