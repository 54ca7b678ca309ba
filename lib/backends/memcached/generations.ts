import { randomBytes } from 'node:crypto';
import { ignoreRejection } from '../../util/maybe-promise.js';
import { Opcode, Status } from './packet.js';
import type { Servers } from './servers.js';
import { storage } from './storage.js';
import { generationKey } from './wire-key.js';

/**
 * Which generation of a namespace is alive. Wire keys begin with it, so that changing it deletes the namespace in one
 * write. It is random: when the server loses it, the next one is a new one, and what was there stays dead.
 */
export class Generations {
  readonly #servers: Servers;
  readonly #known = new Map<string, string>();
  readonly #keys = new Map<string, string>();
  /** Reads that were asked for in this turn: all commands of a turn share one. */
  readonly #reading = new Map<string, Promise<string>>();

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  /**
   * Runs a command under the namespace's generation. Usually that is still the last known one: the command goes out
   * together with the question whether it is, and once more if it was not. What it did under a dead generation nobody sees.
   */
  within<T>(namespace: string, run: (generation: string) => Promise<T>): Promise<T> {
    if (namespace === '') return run('');
    const assumed = this.#known.get(namespace);
    if (assumed === undefined) return this.#read(namespace).then((current) => this.#under(current, namespace, run));
    return this.#under(assumed, namespace, run);
  }

  /** What lived in the namespace is gone once this resolves. */
  async renew(namespace: string): Promise<void> {
    const generation = fresh();
    await this.#servers.one(written(this.#keyOf(namespace), generation, Opcode.set));
    this.#known.set(namespace, generation);
  }

  #under<T>(assumed: string, namespace: string, run: (generation: string) => Promise<T>): Promise<T> {
    const reading = this.#read(namespace);
    const running = run(assumed);
    ignoreRejection(running);
    return reading.then((current) => (current === assumed ? running : this.#under(current, namespace, run)));
  }

  #read(namespace: string): Promise<string> {
    let reading = this.#reading.get(namespace);
    if (reading === undefined) {
      this.#reading.set(namespace, (reading = this.#fetch(namespace)));
      process.nextTick(forget, this.#reading, namespace);
    }
    return reading;
  }

  #keyOf(namespace: string): string {
    let key = this.#keys.get(namespace);
    if (key === undefined) this.#keys.set(namespace, (key = generationKey(namespace)));
    return key;
  }

  async #fetch(namespace: string): Promise<string> {
    const key = this.#keyOf(namespace);
    for (;;) {
      const found = await this.#servers.get(key);
      let generation = found?.value.toString('latin1');
      if (generation === undefined) {
        const made = fresh();
        const { status } = await this.#servers.one(written(key, made, Opcode.add));
        if (status === Status.ok) generation = made;
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

function written(key: string, generation: string, opcode: number) {
  return { opcode, key, value: Buffer.from(generation), extras: storage(0, 0) };
}

function fresh(): string {
  return Date.now().toString(36) + randomBytes(6).toString('hex');
}
