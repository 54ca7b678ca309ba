import { memoryBackend } from '../backends/memory/memory.js';
import type { Backend, BackendCall } from '../contracts/backend.js';
import type { Versioned } from '../contracts/versions.js';
import { checkBackend } from '../registry/backend-object.js';
import { choiceReader, functionReader } from '../registry/readers.js';
import { systemClock } from '../util/clock.js';
import { parseDuration, type Duration } from '../util/duration.js';
import { ALL_COMMANDS, doubleOf, type BackendCommand } from './backend-commands.js';
import { flippedBit, type Damage } from './damage.js';

/** Whose commands a fault strikes. */
export type FaultTarget = BackendCommand | 'all';

/** Commands that answer with stored values; `read` is the one of compare-and-set. */
export type ReadCommand = 'get' | 'multiGet' | 'read';

/** What can be made to go wrong. A fault replaces the one before it on the same command. */
export interface Faults {
  /** Nothing is carried out, and the answer is `error`. Default: an error of no particular kind. */
  fail(target: FaultTarget, error?: Error): void;
  /** Nothing is carried out or answered before {@link FaultyBackend.heal}; then it is. */
  hang(target: FaultTarget): void;
  /** Carried out and answered this much later, by `setTimeout`. */
  delay(target: FaultTarget, by: Duration): void;
  /**
   * Carried out, but the caller never learns: it gets `error`, as when a connection breaks under a command. Without an
   * error it gets no answer at all, not even after {@link FaultyBackend.heal}: only a timeout ends its wait.
   */
  dropReply(target: FaultTarget, error?: Error): void;
  /**
   * Reads answer with damaged values; what is stored stays as it is.
   * @param target one of the commands that read, or all of them
   * @param damage default: {@link flippedBit}, the same on every run. Give a function for values that are neither text nor bytes
   */
  corrupt(target: ReadCommand | 'all', damage?: Damage): void;
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
 * @throws ConfigError when it is no backend
 */
export function faulty(backend: Backend = privateMemory()): FaultyBackend {
  checkBackend(backend, 'faulty: the backend');
  const lasting: Script = new Map();
  const next: Script = new Map();
  const counts = new Map<BackendCommand, number>();
  let release: (() => void)[] = [];
  const hung = (): Promise<void> => new Promise((resolve) => release.push(resolve));

  const double = doubleOf(backend, (command, carryOut, call) => {
    counts.set(command, (counts.get(command) ?? 0) + 1);
    const fault = next.get(command) ?? lasting.get(command);
    next.delete(command);
    return fault === undefined ? carryOut() : fault(carryOut, call);
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

/** What happens instead of just carrying a command out. */
type Fault = (carryOut: () => unknown, call: BackendCall) => Promise<unknown>;
type Script = Map<BackendCommand, Fault>;

function faultsOf(script: Script, hung: () => Promise<void>): Faults {
  const strike = (commands: readonly BackendCommand[], fault: Fault): void => {
    for (const command of commands) script.set(command, fault);
  };
  return {
    fail: (target, error = new Error('a scripted fault')) => strike(concerned(target), () => Promise.reject(error)),
    hang: (target) => strike(concerned(target), (carryOut) => hung().then(carryOut)),
    delay(target, by) {
      const ms = parseDuration(by, 'delay');
      const passed = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
      strike(concerned(target), (carryOut) => passed().then(carryOut));
    },
    dropReply(target, error) {
      strike(concerned(target), async (carryOut, { signal }) => {
        await carryOut();
        return error === undefined ? givenUp(signal) : Promise.reject(error);
      });
    },
    corrupt(target, damage = flippedBit()) {
      if (target !== 'all') readRead(target, 'corrupt: the command');
      readDamage(damage, 'corrupt: the damage');
      for (const command of READS) {
        if (target !== 'all' && target !== command) continue;
        strike([command], async (carryOut) => damaged(command, await carryOut(), damage));
      }
    },
  };
}

/** Ends when nobody waits any more, as a call to a server does: until then its key is kept from being loaded. */
function givenUp(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(signal?.reason as Error);
    if (signal?.aborted === true) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}

const READS: readonly ReadCommand[] = ['get', 'multiGet', 'read'];
const readRead = choiceReader([...READS, 'all']);
const readDamage = functionReader<Damage>();
const readCommand = choiceReader(ALL_COMMANDS);

function damaged(command: ReadCommand, answer: unknown, damage: Damage): unknown {
  const one = (wire: unknown): unknown => (wire === undefined ? undefined : damage(wire));
  if (command === 'multiGet') return (answer as readonly unknown[]).map(one);
  if (command === 'get') return one(answer);
  const state = answer as Versioned;
  return { ...state, wire: one(state.wire) };
}

/** @throws ConfigError for a misspelt command: a fault that strikes nothing proves nothing */
function concerned(target: FaultTarget): readonly BackendCommand[] {
  return target === 'all' ? ALL_COMMANDS : [readCommand(target, 'faulty: the command')];
}

function privateMemory(): Backend {
  return memoryBackend({}, { cache: 'faulty', clock: systemClock });
}
