import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DynamoDbConfig, DynamoDbOptions } from 'cachewright';
import { freePort } from './free-port.js';
import { type ServerCommand, ServerProcess } from './server-process.js';

const CREDENTIALS = { accessKeyId: 'spec', secretAccessKey: 'SECRET-CANARY' };

/** The emulators: dynalite is always there, Amazon's own where Java is. */
export type Emulator = 'dynalite' | 'amazon';

/** A DynamoDB emulator in a process of its own. */
export class DynamoDbServer {
  readonly #emulator: Emulator;
  #process: ServerProcess | undefined;
  #port: number | undefined;

  constructor(emulator: Emulator = 'dynalite') {
    this.#emulator = emulator;
  }

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
    await server.start(this.#emulator === 'amazon' ? amazon(this.#port) : dynalite(this.#port));
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

function dynalite(port: number): ServerCommand {
  const script = fileURLToPath(new URL('./dynalite-process.js', import.meta.url));
  return { binary: process.execPath, args: [script, `${port}`], started: /is listening/ };
}

/** Found, and fetched, by the set-up of the tests. */
export const AMAZON_JAR = process.env['DYNAMODB_LOCAL_JAR'];

function amazon(port: number): ServerCommand {
  const library = `-Djava.library.path=${join(dirname(AMAZON_JAR!), 'DynamoDBLocal_lib')}`;
  const args = [library, '-jar', AMAZON_JAR!, '-inMemory', '-sharedDb', '-port', `${port}`];
  return { binary: 'java', args, started: /CorsParams/ };
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
