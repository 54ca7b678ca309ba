import { Generations } from '../../util/generations.js';
import { GenerationItems } from './generation-items.js';
import type { Items } from './items.js';
import type { Reads } from './reads.js';
import type { Sweeper } from './sweeper.js';
import type { Table } from './table.js';

/** Generations of namespaces, in the table. */
export class TableGenerations {
  readonly #store: GenerationItems;
  readonly #generations: Generations;

  constructor(table: Table, items: Items, reads: Reads, sweeper: Sweeper) {
    this.#store = new GenerationItems(table, items, reads, sweeper);
    this.#generations = new Generations(this.#store);
  }

  /** See {@link Generations.within}. @param signal of the command: what it shares with others is not given up before all have */
  within<T>(namespace: string, signal: AbortSignal | undefined, run: (generation: string) => Promise<T>): Promise<T> {
    const answer = this.#generations.within(namespace, run);
    this.#store.join(namespace, signal);
    return answer;
  }

  renew(namespace: string): Promise<void> {
    return this.#generations.renew(namespace);
  }
}
