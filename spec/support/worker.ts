import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A child process that runs a script of the specs and reports by messages with a `step`. */
export class Worker<Report extends { readonly step: string }> {
  readonly #child: ChildProcess;
  readonly #reports: Report[] = [];
  readonly #listeners = new Set<() => void>();

  /** @param script URL of the script; its arguments arrive as JSON */
  constructor(script: URL, ...args: readonly unknown[]) {
    this.#child = fork(
      fileURLToPath(script),
      args.map((argument) => JSON.stringify(argument)),
    );
    this.#child.on('message', (report) => {
      this.#reports.push(report as Report);
      for (const listener of this.#listeners) listener();
    });
    this.#child.once('exit', () => {
      for (const listener of this.#listeners) listener();
    });
  }

  /** Lets a script go on that waits for a message. */
  go(): void {
    this.#child.send('go');
  }

  /** The first report of this step, as soon as it is there. */
  async reported(step: Report['step']): Promise<Report> {
    for (;;) {
      const found = this.#reports.find((report) => report.step === step);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) throw new Error(`it ended before ${step}`);
      await new Promise<void>((resolve) => {
        const listener = (): void => {
          this.#listeners.delete(listener);
          resolve();
        };
        this.#listeners.add(listener);
      });
    }
  }

  count(step: Report['step']): number {
    return this.#reports.filter((report) => report.step === step).length;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async dispose(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
