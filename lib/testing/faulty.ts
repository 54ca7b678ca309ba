import { memoryBackend } from '../backends/memory/memory.js';
import type { Backend } from '../contracts/backend.js';
import { systemClock } from '../util/clock.js';
import { parseDuration, type Duration } from '../util/duration.js';
import { ALL_COMMANDS, doubleOf, type BackendCommand } from './backend-commands.js';

/** Whose commands a fault strikes. */
export type FaultTarget = BackendCommand | 'all';

/** What can be made to go wrong. A fault replaces the one before it on the same command. */
export interface Faults {
  /** Nothing is carried out, and the answer is `error`. Default: an error of no particular kind. */
  fail(target: FaultTarget, error?: Error): void;
  /** Nothing is carried out or answered before {@link FaultyBackend.heal}; then it is. */
  hang(target: FaultTarget): void;
  /** Carried out and answered this much later, by `setTimeout`. */
  delay(target: FaultTarget, by: Duration): void;
}

/** A backend with faults that the test decides on. Without any it behaves as the one inside. */
export interface FaultyBackend extends Backend, Faults {
  /** The same faults, for the next call of each command only; they come before lasting ones. */
  readonly once: Faults;
  /** No faults from now on. What hangs is carried out and answered. */
  heal(): void;
  /** How often a command (default: any) was called, whatever became of it. */
  calls(target?: FaultTarget): number;
}

/**
 * A double for tests of what happens when a cache fails.
 * @param backend default: a memory store of its own
 */
export function faulty(backend: Backend = privateMemory()): FaultyBackend {
  const lasting: Script = new Map();
  const next: Script = new Map();
  const counts = new Map<BackendCommand, number>();
  let release: (() => void)[] = [];
  const hung = (): Promise<void> => new Promise((resolve) => release.push(resolve));

  const double = doubleOf(backend, (command, carryOut) => {
    counts.set(command, (counts.get(command) ?? 0) + 1);
    const fault = next.get(command) ?? lasting.get(command);
    next.delete(command);
    return fault === undefined ? carryOut() : fault().then(carryOut);
  });
  return Object.assign(double, faultsOf(lasting, hung), {
    once: faultsOf(next, hung),
    heal() {
      lasting.clear();
      next.clear();
      for (const goOn of release) goOn();
      release = [];
    },
    calls: (target: FaultTarget = 'all') => concerned(target).reduce((sum, name) => sum + (counts.get(name) ?? 0), 0),
  });
}

/** What comes before a command is carried out, if it is at all. */
type Fault = () => Promise<void>;
type Script = Map<BackendCommand, Fault>;

function faultsOf(script: Script, hung: Fault): Faults {
  const strike = (target: FaultTarget, fault: Fault): void => {
    for (const command of concerned(target)) script.set(command, fault);
  };
  return {
    fail: (target, error = new Error('a scripted fault')) => strike(target, () => Promise.reject(error)),
    hang: (target) => strike(target, hung),
    delay(target, by) {
      const ms = parseDuration(by, 'delay');
      strike(target, () => new Promise((resolve) => setTimeout(resolve, ms)));
    },
  };
}

function concerned(target: FaultTarget): readonly BackendCommand[] {
  return target === 'all' ? ALL_COMMANDS : [target];
}

function privateMemory(): Backend {
  return memoryBackend({}, { cache: 'faulty', clock: systemClock });
}
