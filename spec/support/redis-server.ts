import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Certificates, makeCertificates } from './certificates.js';
import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';

export interface RedisServerOptions {
  readonly password?: string;
  /** Speak TLS only, with certificates made for this server, or with those of a group. */
  readonly tls?: boolean | Certificates;
  /** ACL rules, one user a line: `user app on >secret ~app:* +get`. */
  readonly acl?: readonly string[];
  /** More arguments of redis-server. */
  readonly args?: readonly string[];
}

/** Arguments that hold for one start only. */
export interface RedisStart {
  readonly args?: readonly string[];
  /** Default: when it takes commands. */
  readonly started?: RegExp;
}

/** A real Redis server on a port of its own. */
export class RedisServer {
  readonly #options: RedisServerOptions;
  readonly #clients = new Set<Redis>();
  #process: ServerProcess | undefined;
  #port: number | undefined;
  #certificates: Certificates | undefined;

  constructor(options: RedisServerOptions = {}) {
    this.#options = options;
  }

  /** Fixed by the first start, or by {@link reserve}. */
  get port(): number {
    if (this.#port === undefined) throw new Error('the server has no port before it was started');
    return this.#port;
  }

  /** Without password and database. */
  get url(): string {
    return `${this.#options.tls ? 'rediss' : 'redis'}://127.0.0.1:${this.port}`;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** PEM of the authority behind its certificate. */
  get ca(): string {
    if (this.#certificates === undefined) throw new Error('the server was not started with tls');
    return this.#certificates.ca;
  }

  /** Its port, without starting it. */
  async reserve(): Promise<number> {
    return (this.#port ??= await freePort());
  }

  async start(start: RedisStart = {}): Promise<void> {
    const server = (this.#process ??= new ServerProcess('redis'));
    const { tls } = this.#options;
    if (tls) this.#certificates ??= tls === true ? makeCertificates(server.directory) : tls;
    await this.reserve();
    await server.start({
      binary: process.env['REDIS_SERVER_BIN'] ?? 'redis-server',
      args: [...this.#arguments(server.directory), ...(start.args ?? [])],
      started: start.started ?? /Ready to accept connections/,
    });
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
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

  /** Stops it if need be and starts it again on the same port. */
  async restart(start?: RedisStart): Promise<void> {
    await this.stop();
    await this.start(start);
  }

  /** A client of the specs' own, closed with the server. */
  client(options: { readonly db?: number } = {}): Redis {
    const client = new Redis({
      host: '127.0.0.1',
      port: this.port,
      ...(this.#options.password === undefined ? {} : { password: this.#options.password }),
      ...(this.#certificates === undefined ? {} : { tls: { ca: this.#certificates.ca, servername: 'localhost' } }),
      ...options,
    });
    client.on('error', () => undefined);
    this.#clients.add(client);
    return client;
  }

  async dispose(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    this.#clients.clear();
    await this.#process?.dispose();
    this.#process = undefined;
  }

  #arguments(directory: string): string[] {
    const { password, acl, args, tls } = this.#options;
    const list = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory];
    list.push(...(tls ? ['--port', '0', '--tls-port', `${this.port}`] : ['--port', `${this.port}`]));
    if (this.#certificates !== undefined) {
      const { caFile, certFile, keyFile } = this.#certificates;
      list.push('--tls-ca-cert-file', caFile, '--tls-cert-file', certFile, '--tls-key-file', keyFile);
      list.push('--tls-auth-clients', 'no', '--tls-replication', 'yes');
    }
    if (password !== undefined) list.push('--requirepass', password);
    if (acl !== undefined) {
      const file = join(directory, 'users.acl');
      writeFileSync(file, `${acl.join('\n')}\n`);
      list.push('--aclfile', file);
    }
    list.push(...(args ?? []));
    return list;
  }
}

/** A running server for the specs of this suite: started before them and gone after them. */
export function useRedis(options: RedisServerOptions = {}): RedisServer {
  const server = new RedisServer(options);
  before('start redis', () => server.start());
  after('stop redis', () => server.dispose());
  return server;
}
