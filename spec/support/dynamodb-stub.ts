import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived: the operation, and its input. */
export interface StubRequest {
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

/** What to answer: an output, an error by its name, `'hang'`, or `'pass'` = let the emulator answer. */
export type StubAnswer = object | { readonly error: string } | 'hang' | 'pass';

/** Stands in front of an emulator and answers some requests by script, in DynamoDB's own words. */
export class DynamoDbStub {
  readonly requests: StubRequest[] = [];
  script: (request: StubRequest) => StubAnswer | Promise<StubAnswer> = () => 'pass';
  /** Requests whose caller went away. */
  aborted = 0;
  readonly #server: Server;

  private constructor(target: string) {
    this.#server = createServer((request, response) => {
      void read(request).then(async (body) => {
        const operation = String(request.headers['x-amz-target']).split('.')[1]!;
        const seen = { operation, input: JSON.parse(body) as Record<string, unknown> };
        this.requests.push(seen);
        response.once('close', () => response.writableFinished || (this.aborted += 1));
        const answer = await this.script(seen);
        if (answer === 'hang') return;
        if (answer === 'pass') {
          const { host: _host, connection: _connection, ...headers } = request.headers as Record<string, string>;
          const real = await fetch(target, { method: 'POST', headers, body });
          response.writeHead(real.status, { 'content-type': 'application/x-amz-json-1.0' }).end(await real.text());
          return;
        }
        const failed = 'error' in answer;
        const output = failed
          ? { __type: `com.amazonaws.dynamodb.v20120810#${String(answer.error)}`, message: 'CANARY' }
          : answer;
        response
          .writeHead(failed ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' })
          .end(JSON.stringify(output));
      });
    });
  }

  static async start(target: string): Promise<DynamoDbStub> {
    const stub = new DynamoDbStub(target);
    stub.#server.listen(0, '127.0.0.1');
    await once(stub.#server, 'listening');
    return stub;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  count(operation: string): number {
    return this.requests.filter((request) => request.operation === operation).length;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
