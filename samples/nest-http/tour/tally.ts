import type { AtlasCall } from '../places/atlas.js';

type Kind = AtlasCall['kind'];

/** What the whole tour cost the origin, and what it would have cost without a cache. */
export class Tally {
  calls = 0;
  busyMs = 0;
  sparedMs = 0;
  readonly #requests = new Map<Kind, number>();
  readonly #costs = new Map<Kind, number>();

  get requests(): number {
    return [...this.#requests.values()].reduce((sum, count) => sum + count, 0);
  }

  requestsOf(kind: Kind): number {
    return this.#requests.get(kind) ?? 0;
  }

  /** A step sent `requests` requests of this kind, and the origin was called like this. */
  add(kind: Kind, requests: number, calls: readonly AtlasCall[]): void {
    this.#requests.set(kind, this.requestsOf(kind) + requests);
    this.calls += calls.length;
    for (const call of calls) {
      this.busyMs += call.busyMs;
      this.#costs.set(call.kind, call.busyMs);
    }
    this.sparedMs += Math.max(0, requests - calls.length) * (this.#costs.get(kind) ?? 0);
  }
}
