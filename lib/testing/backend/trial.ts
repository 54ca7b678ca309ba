import assert from 'node:assert/strict';
import type { Backend, BackendCall, Wire } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';
import type { PassingTime } from '../passing-time.js';

/**
 * A backend on trial, with one kind of wire. Speaks of plain names and texts: keys get a prefix of the trial's own,
 * and texts travel as the kind demands; an answer of another kind fails the trial.
 */
export class BackendTrial {
  readonly call: BackendCall;

  constructor(
    readonly backend: Backend,
    readonly wire: WireKind,
    readonly prefix: string,
    readonly time: PassingTime,
  ) {
    this.call = callFor(wire);
  }

  /** A function of its own, so that cases can take it out of the trial. */
  readonly key = (name: string): string => this.prefix + name;

  /** `text` as this kind of wire. */
  encode(text: string): Wire {
    if (this.wire === 'text') return text;
    return this.wire === 'bytes' ? Buffer.from(text) : { text };
  }

  /** The text in `wire`; `undefined` for a miss. */
  decode(wire: Wire | undefined): string | undefined {
    if (wire === undefined) return undefined;
    if (this.wire === 'text' && typeof wire === 'string') return wire;
    if (this.wire === 'bytes' && wire instanceof Uint8Array) return Buffer.from(wire).toString();
    if (this.wire === 'reference' && isBoxed(wire)) return wire.text;
    assert.fail(`a read for ${this.wire} answered ${wire === null ? 'null' : `something of type ${typeof wire}`}`);
  }

  async get(name: string): Promise<string | undefined> {
    return this.decode(await this.backend.get(this.key(name), this.call));
  }

  async multiGet(names: readonly string[]): Promise<(string | undefined)[]> {
    const wires = await this.backend.multiGet(
      names.map((name) => this.key(name)),
      this.call,
    );
    return Array.from(wires, (wire) => this.decode(wire));
  }

  async set(name: string, text: string, ttlMs?: number): Promise<void> {
    await this.backend.set(this.key(name), this.encode(text), ttlMs, this.call);
  }

  async multiSet(entries: readonly (readonly [string, string])[], ttlMs?: number): Promise<void> {
    const wires = entries.map(([name, text]) => [this.key(name), this.encode(text)] as const);
    await this.backend.multiSet(wires, ttlMs, this.call);
  }

  async add(name: string, text: string, ttlMs?: number): Promise<boolean> {
    return this.backend.add(this.key(name), this.encode(text), ttlMs, this.call);
  }

  async delete(...names: string[]): Promise<number> {
    return this.backend.delete(
      names.map((name) => this.key(name)),
      this.call,
    );
  }

  async exists(name: string): Promise<boolean> {
    return this.backend.exists(this.key(name), this.call);
  }

  async increment(name: string, delta: number, ttlMs?: number): Promise<number> {
    return this.backend.increment(this.key(name), delta, ttlMs, this.call);
  }

  async expire(name: string, ttlMs?: number): Promise<boolean> {
    return this.backend.expire(this.key(name), ttlMs, this.call);
  }

  async ttl(name: string): Promise<number | null | undefined> {
    return this.backend.ttl(this.key(name), this.call);
  }

  async clear(prefix: string): Promise<void> {
    await this.backend.clear(this.key(prefix), this.call);
  }

  /** Stores entries that live for a short time, and lets it pass. */
  async expired(...names: string[]): Promise<void> {
    const { short } = this.time;
    const last = names.at(-1)!;
    const store = (): Promise<void> =>
      this.multiSet(
        names.map((name) => [name, 'expired'] as const),
        short,
      );
    await this.time.outlive(short, store, async () => await this.exists(last));
  }
}

/** A call as the pipeline would hand it over. */
export function callFor(wire: WireKind): BackendCall {
  return { wire, signal: undefined };
}

function isBoxed(wire: unknown): wire is { readonly text: string } {
  return typeof wire === 'object' && wire !== null && typeof (wire as { text?: unknown }).text === 'string';
}
