const FIRST_MS = 50;
const LONGEST_MS = 2_000;
const LOGIN_MS = 1_000;

/** Waits between attempts to connect: full jitter under a bound that doubles, so that processes spread out. */
export class BackOff {
  #failures = 0;

  reset(): void {
    this.#failures = 0;
  }

  /** @param refused the server is there but does not let us in: it gets more time */
  nextMs(refused: boolean): number {
    const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** ++this.#failures);
    return Math.max(refused ? LOGIN_MS : FIRST_MS, Math.random() * bound);
  }
}
