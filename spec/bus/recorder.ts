import type { BusListener, BusMessage } from 'cachewright';
import type { Bus } from '#lib/contracts/bus.js';
import { eventually } from '../support/eventually.js';

/** A listener that remembers what it was told, in order. */
export class Recorder implements BusListener {
  readonly events: (BusMessage | 'deaf' | 'listening')[] = [];

  received(message: BusMessage): void {
    this.events.push(message);
  }

  deaf(): void {
    this.events.push('deaf');
  }

  listening(): void {
    this.events.push('listening');
  }

  get messages(): BusMessage[] {
    return this.events.filter((event) => typeof event === 'object');
  }

  get keys(): string[] {
    return this.messages.flatMap((message) => (message.kind === 'keys' ? message.keys : []));
  }

  /** How often it became deaf, and listening. */
  count(state: 'deaf' | 'listening'): number {
    return this.events.filter((event) => event === state).length;
  }

  async until(what: string, done: (recorder: this) => boolean, withinMs?: number): Promise<void> {
    await eventually(() => {
      if (!done(this)) throw new Error(`waited in vain for: ${what}`);
    }, withinMs);
  }
}

/** A listener that has joined a bus which listens by now. */
export async function listener(bus: Bus): Promise<Recorder> {
  const recorder = new Recorder();
  bus.join(recorder);
  await recorder.until('listening', () => bus.listening);
  return recorder;
}

export function keys(...list: string[]): BusMessage {
  return { kind: 'keys', keys: list };
}
