import { once } from 'node:events';
import { type AddressInfo, type Server, type Socket, connect, createServer } from 'node:net';

/** What happens to the bytes between a client and a server. Replies are meant where nothing else is said. */
export type Fault =
  | { readonly kind: 'pass' }
  /** Replies are kept back until the fault changes. */
  | { readonly kind: 'hang' }
  /** `bytes` of the replies every `everyMs`. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number }
  /** The next request is answered by a reset. */
  | { readonly kind: 'rst' }
  /** The next request is answered by a clean end. */
  | { readonly kind: 'fin' }
  /** Both directions are swallowed, nothing is ever closed: the peer is gone without a word. */
  | { readonly kind: 'half-open' }
  /** The connection is reset after this many bytes of replies. */
  | { readonly kind: 'cut-after'; readonly bytes: number }
  /** The next reply is lost and the connection reset; after that everything passes. */
  | { readonly kind: 'drop-reply-once' }
  /** Every reply comes this much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Connections are accepted and lead nowhere. Those that are open keep working. */
  | { readonly kind: 'blackhole-after-connect' };

/** A TCP proxy in front of a real server whose misbehaviour can be changed at any time. */
export class FaultProxy {
  fault: Fault = { kind: 'pass' };
  /** Connections accepted so far. */
  accepted = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #held: (() => void)[] = [];

  private constructor(server: Server, targetPort: () => number) {
    this.#server = server;
    server.on('connection', (client: Socket) => this.#accept(client, targetPort()));
  }

  /** @param targetPort of the server on 127.0.0.1, asked for each connection */
  static async start(targetPort: () => number): Promise<FaultProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, targetPort);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Back to normal; what was kept back goes out. */
  heal(): void {
    this.fault = { kind: 'pass' };
    for (const release of this.#held.splice(0)) release();
  }

  /** Resets every open connection. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #accept(client: Socket, targetPort: number): void {
    this.accepted += 1;
    this.#own(client);
    if (this.fault.kind === 'blackhole-after-connect') return void client.resume();
    const server = connect(targetPort, '127.0.0.1');
    this.#own(server);
    const replies = new Replies(client, this.#held, (ms, work) => this.#later(ms, work));
    client.on('data', (chunk) => {
      if (this.fault.kind === 'rst') client.resetAndDestroy();
      else if (this.fault.kind === 'fin') client.end();
      else if (this.fault.kind !== 'half-open') server.write(chunk);
    });
    server.on('data', (chunk) => {
      const { fault } = this;
      if (fault.kind === 'drop-reply-once') this.fault = { kind: 'pass' };
      replies.pass(chunk, fault);
    });
    client.once('close', () => server.destroy());
    server.once('close', () => {
      if (this.fault.kind !== 'half-open') client.destroy();
    });
  }

  #own(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}

/** The way back of one connection. */
class Replies {
  #sent = 0;
  #queue = Buffer.alloc(0);
  #dripping = false;

  constructor(
    readonly client: Socket,
    readonly held: (() => void)[],
    readonly later: (ms: number, work: () => void) => void,
  ) {}

  pass(chunk: Buffer, fault: Fault): void {
    switch (fault.kind) {
      case 'half-open':
        return;
      case 'hang':
        this.held.push(() => this.#write(chunk));
        return;
      case 'delay':
        this.later(fault.ms, () => this.#write(chunk));
        return;
      case 'drop-reply-once':
        this.client.resetAndDestroy();
        return;
      case 'cut-after':
        this.#cutAfter(chunk, fault.bytes);
        return;
      case 'drip':
        this.#queue = Buffer.concat([this.#queue, chunk]);
        if (!this.#dripping) this.#drip(fault);
        return;
      default:
        this.#write(chunk);
    }
  }

  #write(chunk: Buffer): void {
    if (this.client.writable) this.client.write(chunk);
    this.#sent += chunk.length;
  }

  #cutAfter(chunk: Buffer, bytes: number): void {
    const allowed = Math.max(0, bytes - this.#sent);
    if (chunk.length <= allowed) return this.#write(chunk);
    const { client } = this;
    this.#sent += allowed;
    client.write(chunk.subarray(0, allowed), () => client.resetAndDestroy());
  }

  #drip(fault: Fault & { kind: 'drip' }): void {
    this.#dripping = this.#queue.length > 0;
    if (!this.#dripping) return;
    this.#write(this.#queue.subarray(0, fault.bytes));
    this.#queue = this.#queue.subarray(fault.bytes);
    this.later(fault.everyMs, () => this.#drip(fault));
  }
}
