import { randomBytes } from 'node:crypto';
import { ignoreRejection } from './maybe-promise.js';

/** Where the generations of namespaces are kept: beside the entries, seen by all processes. */
export interface GenerationStore {
  read(namespace: string): Promise<string | undefined>;
  /** Only if there is none; answers whether it did. */
  create(namespace: string, generation: string): Promise<boolean>;
  replace(namespace: string, generation: string): Promise<void>;
}

/**
 * Which generation of a namespace is alive. Stored keys begin with it, so that changing it deletes the namespace in one
 * write. It is random: when the store loses it, the next one is a new one, and what was there stays dead.
 */
export class Generations {
  readonly #store: GenerationStore;
  readonly #known = new Map<string, string>();
  /** Reads that were asked for in this turn: all commands of a turn share one. */
  readonly #reading = new Map<string, Promise<string>>();
  #commands = 0;

  constructor(store: GenerationStore) {
    this.#store = store;
  }

  /**
   * Runs a command under the namespace's generation. Usually that is still the last known one: the command goes out
   * together with the question whether it is, and once more if it was not. What it did under a dead generation nobody sees.
   */
  within<T>(namespace: string, run: (generation: string) => Promise<T>): Promise<T> {
    if (namespace === '') return run('');
    const assumed = this.#known.get(namespace);
    if (assumed === undefined) return this.current(namespace).then((current) => this.#under(current, namespace, run));
    return this.#under(assumed, namespace, run);
  }

  /** How many commands were run so far, counting those that were run again. */
  get commands(): number {
    return this.#commands;
  }

  /** The last one that was seen. It may be dead by now: what it is used for counts only if {@link current} is the same. */
  known(namespace: string): string | undefined {
    return this.#known.get(namespace);
  }

  /** The generation as the store has it. All who ask in one turn share the question. */
  current(namespace: string): Promise<string> {
    let reading = this.#reading.get(namespace);
    if (reading === undefined) {
      this.#reading.set(namespace, (reading = this.#fetch(namespace)));
      process.nextTick(forget, this.#reading, namespace);
    }
    return reading;
  }

  /** What lived in the namespace is gone once this resolves. */
  async renew(namespace: string): Promise<void> {
    const generation = fresh();
    await this.#store.replace(namespace, generation);
    this.#known.set(namespace, generation);
  }

  #under<T>(assumed: string, namespace: string, run: (generation: string) => Promise<T>): Promise<T> {
    this.#commands += 1;
    const reading = this.current(namespace);
    const running = run(assumed);
    ignoreRejection(running);
    return reading.then((current) => (current === assumed ? running : this.#under(current, namespace, run)));
  }

  async #fetch(namespace: string): Promise<string> {
    for (;;) {
      let generation = await this.#store.read(namespace);
      if (generation === undefined) {
        const made = fresh();
        if (await this.#store.create(namespace, made)) generation = made;
      }
      if (generation !== undefined) {
        this.#known.set(namespace, generation);
        return generation;
      }
    }
  }
}

function forget(reading: Map<string, unknown>, namespace: string): void {
  reading.delete(namespace);
}

function fresh(): string {
  return Date.now().toString(36) + randomBytes(6).toString('hex');
}
