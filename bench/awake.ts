import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism, constants, setPriority } from 'node:os';

const SPIN = 'for (;;);';

/**
 * Keeps every processor from going to sleep, as a server under load does: waking one up takes longer than a round trip on the
 * loopback interface, and how long depends on the machine. The processes that do it get only time that nobody else wants.
 * @returns ends them
 */
export function keepProcessorsAwake(): () => void {
  const idlers = Array.from({ length: availableParallelism() }, idle);
  const end = (): void => idlers.forEach((idler) => idler.kill('SIGKILL'));
  process.once('exit', end);
  return end;
}

function idle(): ChildProcess {
  const node = [process.execPath, '-e', SPIN];
  // Only Linux has a class below all priorities.
  if (process.platform === 'linux') return spawn('chrt', ['--idle', '0', ...node], { stdio: 'ignore' });
  const idler = spawn(node[0]!, node.slice(1), { stdio: 'ignore' });
  if (idler.pid !== undefined) setPriority(idler.pid, constants.priority.PRIORITY_LOW);
  return idler;
}
