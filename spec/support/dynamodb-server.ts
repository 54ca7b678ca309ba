import { fileURLToPath } from 'node:url';
import type { DynamoDbConfig, DynamoDbOptions } from 'cachewright';
import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';

const CREDENTIALS = { accessKeyId: 'spec', secretAccessKey: 'SECRET-CANARY' };

/** A DynamoDB emulator in a process of its own. */
export class DynamoDbServer {
  #process: ServerProcess | undefined;
  #port: number | undefined;

  get endpoint(): string {
    if (this.#port === undefined) throw new Error('the server has no port before it was started');
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A table on this server, created with its first use. */
  table(name: string): DynamoDbConfig {
    return {
      backend: 'dynamodb',
      table: name,
      region: 'eu-west-1',
      endpoint: this.endpoint,
      credentials: CREDENTIALS,
      createTable: true,
    };
  }

  async start(): Promise<void> {
    const server = (this.#process ??= new ServerProcess('dynamodb'));
    this.#port ??= await freePort();
    await server.start({
      binary: process.execPath,
      args: [fileURLToPath(new URL('./dynalite-process.js', import.meta.url)), `${this.#port}`],
      started: /is listening/,
    });
  }

  /** Its tables are gone. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  freeze(): void {
    this.#process?.freeze();
  }

  thaw(): void {
    this.#process?.thaw();
  }

  async dispose(): Promise<void> {
    await this.#process?.dispose();
    this.#process = undefined;
  }
}

/** A configuration without what only registries want. */
export function optionsOf({ backend: _backend, ...options }: DynamoDbConfig): DynamoDbOptions {
  return options;
}

/** A running emulator for the specs of this suite: started before them and gone after them. */
export function useDynamoDb(): DynamoDbServer {
  const server = new DynamoDbServer();
  before('start dynamodb', () => server.start());
  after('stop dynamodb', () => server.dispose());
  return server;
}
