import { detached } from '../util/async-context.js';
import { ignoreRejection } from '../util/maybe-promise.js';

/** How many loads of one cache run in the background at most. Beyond that the next hit has to ask again. */
const MAX_REFRESHES = 100;

/** How long a closing cache waits for its background loads, in ms. */
const DRAIN_MS = 2_000;

/** A load that nobody waits for. */
interface BackgroundLoad {
  readonly promise: Promise<unknown>;
  stop(reason: unknown): void;
}

/** The loads of one cache that run in the background. */
export class Refreshes {
  readonly #running = new Set<BackgroundLoad>();
  #closed = false;

  get room(): boolean {
    return this.#running.size < MAX_REFRESHES && !this.#closed;
  }

  /** Starts one. What comes of it concerns nobody. */
  start(load: () => BackgroundLoad): void {
    if (this.room) this.keep(detached(load));
  }

  /** A load that goes on though its caller was answered. */
  keep(load: BackgroundLoad): void {
    if (this.#running.has(load)) return;
    this.#running.add(load);
    const done = (): void => void this.#running.delete(load);
    load.promise.then(done, done);
    ignoreRejection(load.promise);
  }

  /** Waits for those under way, but not for ever; then they are told to stop. No more are started. */
  async drain(): Promise<void> {
    this.#closed = true;
    if (this.#running.size === 0) return;
    const patience = timer(DRAIN_MS);
    await Promise.race([Promise.allSettled([...this.#running].map(({ promise }) => promise)), patience.over]);
    patience.stop();
    for (const load of this.#running) load.stop(new Error('the cache was closed'));
  }
}

function timer(ms: number): { readonly over: Promise<void>; stop(): void } {
  let stop!: () => void;
  const over = new Promise<void>((resolve) => {
    const timeout = setTimeout(resolve, ms);
    stop = () => clearTimeout(timeout);
  });
  return { over, stop };
}
