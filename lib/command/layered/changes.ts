import type { BackendCall } from '../../contracts/backend.js';
import { BackendError } from '../../errors.js';
import { detached } from '../../util/async-context.js';
import type { MaybePromise } from '../../util/maybe-promise.js';
import type { Debt, Debts, Scope } from './debts.js';
import type { Middle } from './middle.js';
import type { Promotions } from './promotion.js';

/** One change of the store of record. */
export interface Change<T> {
  readonly scope: Scope;
  readonly call: BackendCall;
  readonly run: () => MaybePromise<T>;
  /** Whether something was changed. Default: always. */
  readonly changed?: (answer: T) => boolean;
  /** Says so when the middle tier could not be told. Not for commands whose answer cannot be had twice. */
  readonly reports: boolean;
  /** What the middle tier is told. Default: to drop what is concerned. */
  readonly follow?: (answer: T) => Promise<void>;
}

/** Keys in one deletion. */
const AT_ONCE = 1_000;
/** Between two attempts to make up for failed invalidations, in ms. */
const PAUSE_MS = 1_000;

/** Changes the store of record first, and has the middle tier follow, whatever came of it. */
export class Changes {
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly middle: Middle,
    private readonly promotions: Promotions,
    private readonly debts: Debts,
  ) {}

  async make<T>({ scope, call, run, changed, reports, follow }: Change<T>): Promise<T> {
    const debt = this.debts.begin(scope, call.namespace);
    this.promotions.spoil(scope);
    let answer: T;
    try {
      answer = await run();
    } catch (error) {
      // It may have happened all the same.
      await this.#pay(debt, call, () => this.drop(scope, call)).catch(() => undefined);
      throw error;
    }
    if (changed?.(answer) === false) this.debts.paid(debt);
    else {
      try {
        await this.#pay(debt, call, () => (follow === undefined ? this.drop(scope, call) : follow(answer)));
      } catch (error) {
        if (reports) throw unfollowed(this.middle.backend.name, error);
      }
    }
    return answer;
  }

  drop(scope: Scope, call: BackendCall): Promise<unknown> {
    const { backend } = this.middle;
    return this.middle.change<unknown>(
      (own) => ('prefix' in scope ? backend.clear(scope.prefix, own) : backend.delete(scope.keys, own)),
      call,
    );
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #pay(debt: Debt, { wire }: BackendCall, payment: () => Promise<unknown>): Promise<void> {
    try {
      await payment();
      this.debts.paid(debt);
    } catch (error) {
      this.debts.failed(debt);
      this.#later(wire);
      throw error;
    }
  }

  #later(wire: BackendCall['wire']): void {
    if (this.#closed || this.#timer !== undefined) return;
    const makeUp = async (): Promise<void> => {
      await this.#makeUp(wire);
      this.#timer = undefined;
      if (this.debts.overdue.size > 0) this.#later(wire);
    };
    this.#timer = detached(() => setTimeout(() => void makeUp(), PAUSE_MS).unref());
  }

  /** Tries what failed once more; ends with the first that fails again. */
  async #makeUp(wire: BackendCall['wire']): Promise<void> {
    try {
      for (const { debts, scope } of together(this.debts.overdue)) {
        await this.drop(scope, { wire, namespace: debts[0]!.namespace, signal: undefined });
        for (const debt of debts) this.debts.settled(debt);
      }
    } catch {
      // The next attempt is made later.
    }
  }
}

/** Keys of one namespace go together. */
function together(overdue: Iterable<Debt>): { debts: Debt[]; scope: Scope }[] {
  const groups: { debts: Debt[]; scope: Scope; keys: string[] }[] = [];
  for (const debt of overdue) {
    const { scope, namespace } = debt;
    const own = 'keys' in scope ? scope.keys : undefined;
    const last = groups.at(-1);
    if (own !== undefined && last !== undefined && last.keys.length > 0 && last.debts[0]!.namespace === namespace) {
      if (last.keys.length + own.length <= AT_ONCE) {
        last.debts.push(debt);
        last.keys.push(...own);
        continue;
      }
    }
    const keys = own === undefined ? [] : [...own];
    groups.push({ debts: [debt], scope: own === undefined ? scope : { keys }, keys });
  }
  return groups;
}

/** The store of record is well, so its breaker must not count this. */
function unfollowed(name: string, cause: unknown): BackendError {
  const message = `the store of record was changed, but the middle tier (${name}) could not be told and may still hold what was there before`;
  return new BackendError(message, { refused: true, cause });
}
