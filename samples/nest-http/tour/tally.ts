import type { AtlasCall } from '../places/atlas.js';

/** What the whole tour cost the origin, and what it would have cost without a cache. */
export class Tally {
  requests = 0;
  calls = 0;
  busyMs = 0;
  sparedMs = 0;
  readonly #costs = new Map<AtlasCall['kind'], number>();

  /** A step sent `requests` requests of this kind, and the origin was called like this. */
  add(kind: AtlasCall['kind'], requests: number, calls: readonly AtlasCall[]): void {
    this.requests += requests;
    this.calls += calls.length;
    for (const call of calls) {
      this.busyMs += call.busyMs;
      this.#costs.set(call.kind, call.busyMs);
    }
    this.sparedMs += Math.max(0, requests - calls.length) * (this.#costs.get(kind) ?? 0);
  }
}
