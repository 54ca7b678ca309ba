/** Whether commands of a cache run at all. Checked first on every path, so it is one object everybody holds. */
export class Gate {
  /** Reads may bypass the pipeline: the cache is open and enabled, no hook watches `get`, and nothing stored is known to be outdated. */
  direct: boolean;
  /** Closed, but refreshes under way may still store what they load. */
  draining = false;
  readonly #unobserved: boolean;
  #open = true;
  #enabled: boolean;
  #suspended = false;

  /** @param unobserved no hook watches `get`, and values are shared as they are */
  constructor(enabled: boolean, unobserved: boolean) {
    this.#enabled = enabled;
    this.#unobserved = unobserved;
    this.direct = enabled && unobserved;
  }

  get open(): boolean {
    return this.#open;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  set enabled(enabled: boolean) {
    this.#enabled = enabled;
    this.#update();
  }

  /** Invalidations have failed and are still to be carried out: every read has to ask whether its key is one of them. */
  set suspended(suspended: boolean) {
    this.#suspended = suspended;
    this.#update();
  }

  close(): void {
    this.#open = false;
    this.#update();
  }

  #update(): void {
    this.direct = this.#open && this.#enabled && this.#unobserved && !this.#suspended;
  }
}
