import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What must not outlive this process, whatever becomes of the specs. Process-wide because `exit` is. */
const alive = new Set<ServerProcess>();
process.once('exit', () => {
  for (const server of alive) server.abandon();
});

/** How a real server is started. */
export interface ServerCommand {
  readonly binary: string;
  readonly args: readonly string[];
  /** Beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Printed by the server as soon as it can be used. */
  readonly started: RegExp;
}

/** A real server as a child process with a directory of its own. */
export class ServerProcess {
  readonly directory: string;
  #child: ChildProcess | undefined;
  #frozen = false;

  constructor(name: string) {
    this.directory = mkdtempSync(join(tmpdir(), `cachewright-${name}-`));
    alive.add(this);
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  async start(command: ServerCommand): Promise<void> {
    if (this.running) throw new Error('the server is running already');
    const child = spawn(command.binary, command.args, {
      cwd: this.directory,
      env: { ...process.env, ...command.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#frozen = false;
    child.once('exit', () => {
      if (this.#child === child) this.#child = undefined;
    });
    let output = '';
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        if (output.length > 100_000) return;
        output += chunk.toString();
        if (command.started.test(output)) resolve();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${command.binary} did not start:\n${output}`)));
    });
  }

  /** Ends it as an operator would, and waits until it is gone. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends it as a power cut would. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** A true hang: the sockets stay open, nobody answers. */
  freeze(): void {
    this.#frozen = this.#child?.kill('SIGSTOP') ?? false;
  }

  thaw(): void {
    if (this.#frozen) this.#child?.kill('SIGCONT');
    this.#frozen = false;
  }

  /** Kills it and removes its files. */
  async dispose(): Promise<void> {
    await this.kill();
    this.abandon();
  }

  /** Like {@link dispose} without waiting. */
  abandon(): void {
    alive.delete(this);
    this.#child?.kill('SIGKILL');
    rmSync(this.directory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    this.thaw();
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}
