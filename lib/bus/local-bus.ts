import type { Bus, BusListener, BusMessage } from '../contracts/bus.js';
import { checkListener, checkMessage } from './check-given.js';
import { Members } from './members.js';

/**
 * A bus within this process: caches that are given the same object hear one another, at once. For tests, and for
 * several caches over one store in one process.
 */
export function localBus(): Bus {
  return new LocalBus();
}

class LocalBus implements Bus {
  readonly name = 'local';
  readonly pending = 0;
  readonly #members = new Members();
  #closed = false;

  get listening(): boolean {
    return !this.#closed;
  }

  async publish(message: BusMessage, from: BusListener): Promise<void> {
    checkMessage(message);
    this.#members.received(message, from);
  }

  join(listener: BusListener): () => void {
    checkListener(listener);
    return this.#closed ? () => undefined : this.#members.join(listener);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#members.clear();
    return Promise.resolve();
  }
}
