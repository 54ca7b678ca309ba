import type { Arena } from '../arena.js';
import type { Random } from '../random.js';
import type { SharedTier, StackName } from '../stack.js';

export type Heal = () => Promise<unknown>;

/** Something that goes wrong, and how it is put right again. */
export interface FaultKind {
  readonly name: string;
  /** Which stacks it can happen to. Default: all. */
  readonly stacks?: readonly StackName[];
  /** Which server of three tiers it happens to. Default: none in particular. */
  readonly tier?: SharedTier;
  /** How long it lasts, in ms; drawn between these. */
  readonly lasts: readonly [shortest: number, longest: number];
  /** @returns what puts it right */
  inject(arena: Arena, random: Random): Promise<Heal>;
}

/** Those with servers on their own. */
export const SINGLE: readonly StackName[] = ['redis', 'tiered', 'three-tiers'];
export const CLUSTER: readonly StackName[] = ['cluster'];

export const MOMENT = [0, 0] as const;
export const SHORT = [100, 500] as const;
export const WHILE = [500, 3_000] as const;

export const nothing: Heal = () => Promise.resolve();

/** Does its work again and again until it is told to stop. */
export function again(everyMs: number, work: () => unknown): Heal {
  let over = false;
  const loop = (async () => {
    while (!over) {
      await Promise.resolve(work()).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  })();
  return () => {
    over = true;
    return loop;
  };
}
