import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Certificates, makeCertificates } from './certificates.js';
import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';

export interface MemcachedServerOptions {
  /** More arguments of memcached. */
  readonly args?: readonly string[];
  /** Speak TLS, with a certificate made for this server. */
  readonly tls?: boolean;
  /** Want a login of this user, whose password is `change-me`. */
  readonly user?: string;
}

/** The password of a server's only user. */
export const PASSWORD = 'change-me';

/** A real Memcached server on a port of its own. */
export class MemcachedServer {
  readonly #options: MemcachedServerOptions;
  #process: ServerProcess | undefined;
  #port: number | undefined;
  #certificates: Certificates | undefined;

  constructor(options: MemcachedServerOptions = {}) {
    this.#options = options;
  }

  /** PEM of the authority behind its certificate. */
  get ca(): string {
    return this.#certificates!.ca;
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
    const { args = [], tls = false, user } = this.#options;
    if (tls) this.#certificates ??= makeCertificates(server.directory);
    const env = user === undefined ? {} : saslFor(user, server.directory);
    await server.start({
      binary: process.env['MEMCACHED_BIN'] ?? 'memcached',
      args: [...this.#arguments(this.#port), ...(user === undefined ? [] : ['-S']), ...args],
      env,
      started: /server listening/,
    });
  }

  #arguments(port: number): string[] {
    const list = ['-l', '127.0.0.1', '-p', `${port}`, '-U', '0', '-vv'];
    if (this.#certificates === undefined) return [...list, '-u', 'nobody'];
    // Whoever reads the key has to be who wrote it.
    const { certFile, keyFile } = this.#certificates;
    return [...list, '-u', userInfo().username, '-Z', '-o', `ssl_chain_cert=${certFile},ssl_key=${keyFile}`];
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
export function useMemcached(options?: MemcachedServerOptions): MemcachedServer {
  const server = new MemcachedServer(options);
  before('start memcached', () => server.start());
  after('stop memcached', () => server.dispose());
  return server;
}

/** Whether users can be made here (the Debian package is sasl2-bin). */
export function canMakeUsers(): boolean {
  return spawnSync('saslpasswd2', ['-h']).error === undefined;
}

/** A database with one user, and where memcached looks for it. */
function saslFor(user: string, directory: string): Record<string, string> {
  const database = join(directory, 'users.db');
  execFileSync('saslpasswd2', ['-p', '-c', '-f', database, '-u', 'localdomain', user], { input: PASSWORD });
  chmodSync(database, 0o644);
  chmodSync(directory, 0o755);
  const settings = [
    'mech_list: plain',
    'pwcheck_method: auxprop',
    'auxprop_plugin: sasldb',
    `sasldb_path: ${database}`,
  ];
  writeFileSync(join(directory, 'memcached.conf'), `${settings.join('\n')}\n`);
  return { SASL_CONF_PATH: directory };
}
