import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startRedis } from './servers.js';

const PROCESSES = 4;
const CALLERS = 100;

export interface LeaseResult {
  readonly loadMs: number;
  /** Median over the rounds, of all processes together. */
  readonly loads: number;
  /** Median over the rounds of what the slowest of all callers waited longer than the load took. */
  readonly overMs: number;
}

/** Processes that all ask for one cold key at once, under a lease of one second. */
export async function measureLease(loadMs: number, rounds: number): Promise<LeaseResult> {
  const server = await startRedis();
  const script = fileURLToPath(new URL('./lease-process.js', import.meta.url));
  const args = [`redis://127.0.0.1:${server.port}`, `${loadMs}`, `${CALLERS}`];
  const processes = Array.from({ length: PROCESSES }, () => fork(script, args));
  try {
    await Promise.all(processes.map(message));
    const loads: number[] = [];
    const over: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const reports = processes.map(message);
      for (const process of processes) process.send(`cold-${round}`);
      const answers = (await Promise.all(reports)) as { loads: number; slowestMs: number }[];
      if (round === 0) continue; // warms up
      loads.push(answers.reduce((sum, answer) => sum + answer.loads, 0));
      over.push(Math.max(...answers.map(({ slowestMs }) => slowestMs)) - loadMs);
    }
    return { loadMs, loads: median(loads), overMs: median(over) };
  } finally {
    for (const process of processes) process.kill();
    server.stop();
  }
}

async function message(process: ChildProcess): Promise<unknown> {
  return (await once(process, 'message'))[0] as unknown;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
