import assert from 'node:assert/strict';
import type { Bus, BusListener, BusMessage } from '../../contracts/bus.js';
import type { ConformanceCase } from '../suite.js';

/** Two ends that hear one another; they may be one object. */
export interface BusTrial {
  readonly one: Bus;
  readonly other: Bus;
}

export type BusCase = ConformanceCase<BusTrial>;

const DEADLINE_MS = 5_000;
const POLL_MS = 2;

/** A listener that remembers what it was told. */
export class Heard implements BusListener {
  readonly messages: BusMessage[] = [];

  received(message: BusMessage): void {
    this.messages.push(message);
  }

  deaf(): void {}

  listening(): void {}

  get keys(): string[] {
    return this.messages.flatMap((message) => (message.kind === 'keys' ? message.keys : []));
  }

  /** Resolves when it was told all these keys; fails when that takes too long. */
  async until(...keys: string[]): Promise<void> {
    await until(`hear ${keys.length} keys`, () => {
      const heard = new Set(this.keys);
      return keys.every((key) => heard.has(key));
    });
  }
}

/** Polls: a bus says nothing when a message has arrived everywhere. */
export async function until(what: string, done: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!done()) {
    assert.ok(performance.now() < deadline, `did not ${what} in time`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Joins, and waits until nothing is missed any more. */
export async function joined(bus: Bus, listener: BusListener = new Heard()): Promise<() => void> {
  const leave = bus.join(listener);
  await until('listen', () => bus.listening);
  return leave;
}

export function keys(...list: string[]): BusMessage {
  return { kind: 'keys', keys: list };
}
