import assert from 'node:assert/strict';
import type { Backend, BackendCall, Wire } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';
import type { PassingTime } from '../passing-time.js';

/**
 * A backend on trial, with one kind of wire. Speaks of plain names and texts: keys get a prefix of the trial's own,
 * and texts travel as the kind demands; an answer of another kind fails the trial.
 */
export class BackendTrial {
  constructor(
    readonly backend: Backend,
    readonly wire: WireKind,
    readonly prefix: string,
    readonly time: PassingTime,
  ) {}

  /** A function of its own, so that cases can take it out of the trial. */
  readonly key = (name: string): string => this.prefix + name;

  /** A call on this key, or on keys of its namespace. Where whole namespaces are cleared, a name's ends with its last colon. */
  callOn(name: string): BackendCall {
    const whole = this.backend.capabilities.clears === 'namespace';
    return callFor(this.wire, whole ? this.key(name.slice(0, name.lastIndexOf(':') + 1)) : this.prefix);
  }

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
    return this.decode(await this.backend.get(this.key(name), this.callOn(name)));
  }

  async multiGet(names: readonly string[]): Promise<(string | undefined)[]> {
    const texts: (string | undefined)[] = [];
    for (const { call, positions } of this.#batches(names)) {
      const keys = positions.map((position) => this.key(names[position]!));
      const wires = Array.from(await this.backend.multiGet(keys, call), (wire) => this.decode(wire));
      assert.equal(wires.length, keys.length, 'multiGet answers by position');
      positions.forEach((position, index) => (texts[position] = wires[index]));
    }
    return texts;
  }

  async set(name: string, text: string, ttlMs?: number): Promise<void> {
    await this.backend.set(this.key(name), this.encode(text), ttlMs, this.callOn(name));
  }

  async multiSet(entries: readonly (readonly [string, string])[], ttlMs?: number): Promise<void> {
    for (const { call, positions } of this.#batches(entries.map(([name]) => name))) {
      const wires = positions.map((position) => {
        const [name, text] = entries[position]!;
        return [this.key(name), this.encode(text)] as const;
      });
      await this.backend.multiSet(wires, ttlMs, call);
    }
  }

  async add(name: string, text: string, ttlMs?: number): Promise<boolean> {
    return this.backend.add(this.key(name), this.encode(text), ttlMs, this.callOn(name));
  }

  async delete(...names: string[]): Promise<number> {
    let deleted = 0;
    for (const { call, positions } of this.#batches(names)) {
      deleted += await this.backend.delete(
        positions.map((position) => this.key(names[position]!)),
        call,
      );
    }
    return deleted;
  }

  async exists(name: string): Promise<boolean> {
    return this.backend.exists(this.key(name), this.callOn(name));
  }

  async increment(name: string, delta: number, ttlMs?: number): Promise<number> {
    return this.backend.increment(this.key(name), delta, ttlMs, this.callOn(name));
  }

  async expire(name: string, ttlMs?: number): Promise<boolean> {
    return this.backend.expire(this.key(name), ttlMs, this.callOn(name));
  }

  async expireUnless(name: string, beginning: string, ttlMs?: number): Promise<boolean | undefined> {
    return this.backend.expireUnless!(this.key(name), ttlMs, beginning, this.callOn(name));
  }

  async ttl(name: string): Promise<number | null | undefined> {
    return this.backend.ttl(this.key(name), this.callOn(name));
  }

  async clear(prefix: string): Promise<void> {
    await this.backend.clear(this.key(prefix), this.callOn(prefix));
  }

  /** The calls that a batch takes: one, but where namespaces are cleared one for each. */
  #batches(names: readonly string[]): { readonly call: BackendCall; readonly positions: number[] }[] {
    const batches = new Map<string, { call: BackendCall; positions: number[] }>();
    names.forEach((name, position) => {
      const call = this.callOn(name);
      const batch = batches.get(call.namespace);
      if (batch === undefined) batches.set(call.namespace, { call, positions: [position] });
      else batch.positions.push(position);
    });
    return [...batches.values()];
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
export function callFor(wire: WireKind, namespace: string): BackendCall {
  return { wire, namespace, signal: undefined };
}

function isBoxed(wire: unknown): wire is { readonly text: string } {
  return typeof wire === 'object' && wire !== null && typeof (wire as { text?: unknown }).text === 'string';
}
