import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';

/** A real Memcached server on a port of its own. */
export class MemcachedServer {
  readonly #args: readonly string[];
  #process: ServerProcess | undefined;
  #port: number | undefined;

  /** @param args more arguments of memcached */
  constructor(args: readonly string[] = []) {
    this.#args = args;
  }

  /** Fixed by the first start. */
  get port(): number {
    if (this.#port === undefined) throw new Error('the server has no port before it was started');
    return this.#port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get url(): string {
    return `memcached://${this.address}`;
  }

  async start(): Promise<void> {
    const server = (this.#process ??= new ServerProcess('memcached'));
    this.#port ??= await freePort();
    await server.start({
      binary: process.env['MEMCACHED_BIN'] ?? 'memcached',
      args: ['-l', '127.0.0.1', '-p', `${this.#port}`, '-U', '0', '-u', 'nobody', '-vv', ...this.#args],
      started: /server listening/,
    });
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  freeze(): void {
    this.#process?.freeze();
  }

  thaw(): void {
    this.#process?.thaw();
  }

  /** Kills it, and starts it again on the same port, empty. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async dispose(): Promise<void> {
    await this.#process?.dispose();
    this.#process = undefined;
  }
}

/** A running server for the specs of this suite: started before them and gone after them. */
export function useMemcached(args?: readonly string[]): MemcachedServer {
  const server = new MemcachedServer(args);
  before('start memcached', () => server.start());
  after('stop memcached', () => server.dispose());
  return server;
}
