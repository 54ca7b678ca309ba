import { randomUUID } from 'node:crypto';
import type { Backend, BackendContext } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';
import { checkBackend } from '../../registry/backend-object.js';
import { fits } from '../../serializers/fits.js';
import { systemClock } from '../../util/clock.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import { PassingTime, type ControlledClock } from '../passing-time.js';
import { checkSuite, declareSuite } from '../suite.js';
import type { BackendCase } from './case.js';
import { BACKEND_CASES } from './cases.js';
import { BackendTrial } from './trial.js';

/** Options of `backendConformance`. */
export interface BackendConformanceOptions {
  /** Makes the backend; called for every case, and what it answers is closed after it. The store may be shared: every trial has keys of its own. */
  readonly create: (context: BackendContext) => MaybePromise<Backend>;
  /** Given where lifetimes follow it (it is the context's clock, too). Default: real time, and short waits. */
  readonly clock?: ControlledClock | undefined;
  /** The store belongs to this suite alone, so `clear('')` may be tried. Default `false`. */
  readonly exclusive?: boolean | undefined;
}

/**
 * Declares a suite that holds a backend to every rule of `Backend`, with every kind of wire that it can hold.
 * @throws ConfigError for an option that is wrong or does not exist
 */
export function backendConformance(name: string, options: BackendConformanceOptions): void {
  checkSuite('backendConformance', name, options, ['create', 'clock', 'exclusive']);
  const cases = BACKEND_CASES.filter((rule) => rule.clearsAll !== true || options.exclusive === true);
  declareSuite(name, cases, (rule) => runBackendCase(rule, options));
}

const KINDS: readonly WireKind[] = ['text', 'bytes', 'reference'];

/** Rejects if the backend breaks the rule with any kind of wire. */
export async function runBackendCase(rule: BackendCase, options: BackendConformanceOptions): Promise<void> {
  const { create, clock } = options;
  const answer: unknown = await create({ cache: 'conformance', clock: clock ?? systemClock });
  const backend = checkBackend(answer, 'backendConformance: what create() answered');
  try {
    if (rule.facet !== undefined && backend[rule.facet] === undefined) return;
    const { wire: held, ttlResolutionMs } = backend.capabilities;
    const time = new PassingTime(clock, ttlResolutionMs);
    for (const wire of KINDS) {
      if (!fits(wire, held) || rule.wires?.includes(wire) === false) continue;
      const prefix = `conformance:${randomUUID()}:`;
      await rule.run(new BackendTrial(backend, wire, prefix, time));
    }
  } finally {
    await backend.close();
  }
}
