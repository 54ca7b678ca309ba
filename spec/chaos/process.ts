import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What must not outlive this process, frozen or not. Process-wide because `exit` is. */
const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** A child process that is told things, tells things, and can be frozen. */
export class ChaosProcess<To, From extends { readonly step: string }> {
  readonly #child: ChildProcess;
  /** What it printed. */
  printed = '';

  /** @param script URL of the script; its argument arrives as JSON */
  constructor(script: URL, argument: unknown, hear: (message: From) => void) {
    this.#child = fork(fileURLToPath(script), [JSON.stringify(argument)], {
      execArgv: ['--expose-gc', '--enable-source-maps'],
      // Measuring the coverage of a process under load would slow it down.
      env: { ...process.env, NODE_V8_COVERAGE: undefined },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const child = this.#child;
    alive.add(child);
    child.once('exit', () => alive.delete(child));
    child.on('message', (message) => hear(message as From));
    // Told while it was being killed.
    child.on('error', () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        if (this.printed.length < 1_000_000) this.printed += chunk.toString();
      });
    }
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** How it ended: `0` is well. */
  get ending(): string {
    return String(this.#child.exitCode ?? this.#child.signalCode);
  }

  tell(message: To): void {
    if (this.#child.connected) this.#child.send(message as object);
  }

  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (!this.running) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** Whether it ends by itself within `ms`. */
  async ended(ms: number): Promise<boolean> {
    if (!this.running) return true;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), ms);
    try {
      await once(this.#child, 'exit', { signal: abort.signal });
      return true;
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
