/** A signal for something that several wait for: it aborts when all of them have given up. */
export class Patience {
  readonly #controller = new AbortController();
  #waiting = 0;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @param signal of one who waits; `undefined` = never gives up */
  join(signal: AbortSignal | undefined): void {
    if (signal?.aborted === true) return;
    this.#waiting += 1;
    const leave = (): void => {
      this.#waiting -= 1;
      if (this.#waiting === 0) this.#controller.abort(signal?.reason);
    };
    signal?.addEventListener('abort', leave, { once: true });
  }
}
