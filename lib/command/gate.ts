/** Whether commands of a cache run at all. Checked first on every path, so it is one object everybody holds. */
export class Gate {
  #open = true;
  #enabled: boolean;
  readonly #unobserved: boolean;
  /** Reads may bypass the pipeline: the cache is open and enabled, no hook watches `get`, values are shared as they are. */
  direct: boolean;

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
    this.direct = enabled && this.#open && this.#unobserved;
  }

  close(): void {
    this.#open = false;
    this.direct = false;
  }
}
