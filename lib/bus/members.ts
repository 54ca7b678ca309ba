import type { BusListener, BusMessage } from '../contracts/bus.js';

/** The listeners of one bus object. One that throws disturbs neither the others nor who publishes. */
export class Members {
  readonly #listeners = new Set<BusListener>();

  /** Answers how to leave. */
  join(listener: BusListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  received(message: BusMessage, except?: BusListener, sender?: string): void {
    this.#each((listener) => {
      if (listener !== except) listener.received(message, sender);
    });
  }

  deaf(): void {
    this.#each((listener) => listener.deaf());
  }

  listening(): void {
    this.#each((listener) => listener.listening());
  }

  clear(): void {
    this.#listeners.clear();
  }

  #each(tell: (listener: BusListener) => void): void {
    for (const listener of this.#listeners) {
      try {
        tell(listener);
      } catch {
        // Its own affair: there is nobody here who could do anything about it.
      }
    }
  }
}
