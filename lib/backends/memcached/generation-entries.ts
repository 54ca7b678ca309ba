import type { GenerationStore } from '../../util/generations.js';
import { generationKey } from '../../util/stored-key.js';
import { Opcode, Status } from './packet.js';
import type { Servers } from './servers.js';
import { storage } from './storage.js';

/** Generations as entries that never expire. Which server one lies on is up to its key: that server answers for the namespace. */
export class GenerationEntries implements GenerationStore {
  readonly #servers: Servers;
  readonly #keys = new Map<string, string>();

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  async read(namespace: string): Promise<string | undefined> {
    return (await this.#servers.get(this.#keyOf(namespace)))?.text;
  }

  async create(namespace: string, generation: string): Promise<boolean> {
    const { status } = await this.#servers.one(this.#write(Opcode.add, namespace, generation));
    return status === Status.ok;
  }

  async replace(namespace: string, generation: string): Promise<void> {
    await this.#servers.one(this.#write(Opcode.set, namespace, generation));
  }

  #write(opcode: number, namespace: string, generation: string) {
    return { opcode, key: this.#keyOf(namespace), value: Buffer.from(generation), extras: storage(0, 0) };
  }

  #keyOf(namespace: string): string {
    let key = this.#keys.get(namespace);
    if (key === undefined) this.#keys.set(namespace, (key = generationKey(namespace)));
    return key;
  }
}
