/** So long a command that the server's ACL forbade is left alone: rights may be given while we run. */
const RETRY_MS = 60_000;

/** Whether a command that we can do without is worth trying. */
export class Permission {
  #deniedUntil: number | undefined;

  get denied(): boolean {
    if (this.#deniedUntil === undefined) return false;
    if (performance.now() < this.#deniedUntil) return true;
    this.#deniedUntil = undefined;
    return false;
  }

  deny(): void {
    this.#deniedUntil = performance.now() + RETRY_MS;
  }
}
