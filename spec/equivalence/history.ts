/** One operation on one key, as its process saw it. Times are of the machine's monotonic clock, the same in all processes. */
export interface Operation {
  readonly key: string;
  readonly kind: 'add' | 'increment' | 'compareAndSet' | 'read' | 'delete' | 'acquire' | 'release';
  /** What it was to write, to add, or who acquires. */
  readonly argument?: unknown;
  /** What a compare-and-set had read before. */
  readonly expected?: unknown;
  readonly answer: unknown;
  readonly start: number;
  readonly end: number;
}

/** The state of a key: its value, or who holds the lock; `null` = nothing. */
type State = unknown;

/** The state after an operation that answers as it did, or `undefined` if it cannot have answered so in this state. */
type Step = (state: State, operation: Operation) => { readonly state: State } | undefined;

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

const step: Step = (state, { kind, argument, expected, answer }) => {
  switch (kind) {
    case 'read':
      return same(answer ?? null, state) ? { state } : undefined;
    case 'add':
      if (answer !== (state === null)) return undefined;
      return { state: answer ? argument : state };
    case 'delete':
      return answer === (state !== null) ? { state: null } : undefined;
    case 'increment': {
      const sum = ((state as number | null) ?? 0) + (argument as number);
      return answer === sum ? { state: sum } : undefined;
    }
    case 'compareAndSet':
      if (answer === true) return same(expected ?? null, state) ? { state: argument } : undefined;
      // A conflict needs no more than that somebody wrote since: then the value is another one, because every write is.
      return same(expected ?? null, state) ? undefined : { state };
    case 'acquire':
      if (answer === true) return state === null ? { state: argument } : undefined;
      return state === null ? undefined : { state };
    case 'release':
      if (answer === true) return same(state, argument) ? { state: null } : undefined;
      return same(state, argument) ? undefined : { state };
  }
};

/**
 * Whether operations on one key can be put into an order that explains all answers, without contradicting the clock: an
 * operation that ended before another began comes first. Source: Wing and Gong, "Testing and verifying concurrent objects"
 * (1993), with the memory of visited states that Lowe added (2017).
 */
export function isExplainable(history: readonly Operation[]): boolean {
  const operations = [...history].sort((a, b) => a.start - b.start);
  const visited = new Set<string>();
  const done = new Array<boolean>(operations.length).fill(false);
  let left = operations.length;

  const search = (state: State): boolean => {
    if (left === 0) return true;
    const id = `${done.map(Number).join('')} ${JSON.stringify(state)}`;
    if (visited.has(id)) return false;
    visited.add(id);
    let firstEnd = Infinity;
    for (const [index, operation] of operations.entries()) {
      if (done[index]) continue;
      // Everything from here on began after one that must come before it.
      if (operation.start > firstEnd) break;
      firstEnd = Math.min(firstEnd, operation.end);
    }
    for (const [index, operation] of operations.entries()) {
      if (done[index]) continue;
      if (operation.start > firstEnd) break;
      const next = step(state, operation);
      if (next === undefined) continue;
      done[index] = true;
      left -= 1;
      if (search(next.state)) return true;
      done[index] = false;
      left += 1;
    }
    return false;
  };
  return search(null);
}
