/** One way to do the same thing. `run` performs `count` operations; `from` differs from round to round. */
export interface Contestant {
  readonly name: string;
  run(count: number, from: number): Promise<void>;
}

export interface Result {
  readonly name: string;
  /** Median CPU time per operation, in ns. */
  readonly cpuNs: number;
  /** Median over the rounds of this contestant's time divided by the baseline's of the same round. */
  readonly ratio: number;
}

export interface Measurement {
  readonly rounds: number;
  readonly count: number;
  /** `cpu` of this process, or elapsed `wall` time where most of the work is done by another one. Default `cpu`. */
  readonly clock?: 'cpu' | 'wall';
}

/**
 * Runs the contestants in turn, in another order each round, so that a machine whose speed drifts treats them alike.
 * The first is the baseline. One round more is run first, to warm up.
 */
export async function measure(contestants: readonly Contestant[], how: Measurement): Promise<Result[]> {
  const times = contestants.map(() => [] as number[]);
  for (let round = -1; round < how.rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const index = (turn + round + 1) % contestants.length;
      globalThis.gc?.();
      const took = await timed(contestants[index]!, how.count, (round + 1) * how.count, how.clock ?? 'cpu');
      if (round >= 0) times[index]!.push(took);
    }
  }
  return contestants.map(({ name }, index) => ({
    name,
    cpuNs: median(times[index]!),
    ratio: median(times[index]!.map((time, round) => time / times[0]![round]!)),
  }));
}

async function timed(contestant: Contestant, count: number, from: number, clock: 'cpu' | 'wall'): Promise<number> {
  const cpu = process.cpuUsage();
  const wall = process.hrtime.bigint();
  await contestant.run(count, from);
  if (clock === 'wall') return Number(process.hrtime.bigint() - wall) / count;
  const { user, system } = process.cpuUsage(cpu);
  return ((user + system) * 1_000) / count;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
