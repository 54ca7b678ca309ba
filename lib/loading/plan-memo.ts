import type { LoadPlan } from './plan.js';

/** How many are remembered: as many as there are calls with different options, in most programs. */
const MOST = 16;

type Options = Readonly<Record<string, unknown>>;

interface Remembered {
  /** A copy: what happens to the caller's object later must not matter. */
  readonly options: Options;
  readonly count: number;
  readonly plan: LoadPlan;
}

/**
 * The plans of options that were seen before. A call writes its options anew each time, and making a plan of them costs ten
 * times what a hit does; looking whether they are the same does not.
 */
export class PlanMemo {
  /** Used last first. */
  readonly #plans: Remembered[] = [];

  find(options: object): LoadPlan | undefined {
    for (let index = 0; index < this.#plans.length; index++) {
      const remembered = this.#plans[index]!;
      if (!alike(options as Options, remembered)) continue;
      if (index > 0) {
        this.#plans.copyWithin(1, 0, index);
        this.#plans[0] = remembered;
      }
      return remembered.plan;
    }
    return undefined;
  }

  remember(options: object, plan: LoadPlan): void {
    const given = Object.entries(options).filter(([name, value]) => value !== undefined && !perCall(name, value));
    const own = given.map(([name, value]) => [name, Array.isArray(value) ? [...(value as unknown[])] : value] as const);
    this.#plans.unshift({ options: Object.fromEntries(own), count: own.length, plan });
    if (this.#plans.length > MOST) this.#plans.pop();
  }
}

/** No plan depends on these. */
function perCall(name: string, value: unknown): boolean {
  return name === 'signal' || (name === 'tags' && typeof value === 'function');
}

function alike(options: Options, known: Remembered): boolean {
  let count = 0;
  for (const name in options) {
    const value = options[name];
    if (value === undefined || perCall(name, value)) continue;
    if (value !== known.options[name] && !sameList(value, known.options[name])) return false;
    count++;
  }
  return count === known.count;
}

function sameList(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  return one.every((item, index) => item === other[index]);
}
