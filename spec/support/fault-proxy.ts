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
  /** The same, and connections that were used meanwhile stay like that for good. */
  | { readonly kind: 'gone' }
  /** The connection is reset after this many bytes of replies. */
  | { readonly kind: 'cut-after'; readonly bytes: number }
  /** The next reply is lost and the connection reset; after that everything passes. */
  | { readonly kind: 'drop-reply-once' }
  /** Every reply comes this much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Connections are accepted and lead nowhere. Those that are open keep working. */
  | { readonly kind: 'blackhole-after-connect' }
  /** One bit of one in so many pieces of the replies is wrong. */
  | { readonly kind: 'corrupt'; readonly oneIn: number }
  /** One in so many pieces of the replies is followed by bytes that mean nothing. */
  | { readonly kind: 'garbage'; readonly oneIn: number };

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
    let gone = false;
    const isGone = (): boolean => (gone ||= this.fault.kind === 'gone');
    client.on('data', (chunk) => {
      if (isGone()) return;
      if (this.fault.kind === 'rst') client.resetAndDestroy();
      else if (this.fault.kind === 'fin') client.end();
      else if (this.fault.kind !== 'half-open') server.write(chunk);
    });
    server.on('data', (chunk) => {
      if (isGone()) return;
      const { fault } = this;
      if (fault.kind === 'drop-reply-once') this.fault = { kind: 'pass' };
      replies.pass(chunk, fault);
    });
    client.once('close', () => server.destroy());
    server.once('close', () => {
      if (!gone && this.fault.kind !== 'half-open') client.destroy();
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

const EMPTY: Buffer = Buffer.alloc(0);
const GARBAGE = Buffer.from('\0\xff?x\r\n9\r\n', 'latin1');

/** The way back of one connection. */
class Replies {
  #sent = 0;
  #pieces = 0;
  #delayed: { readonly chunk: Buffer; readonly dueAt: number }[] = [];
  #queue = EMPTY;
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
        this.#delay(chunk, fault.ms);
        return;
      case 'drop-reply-once':
        this.client.resetAndDestroy();
        return;
      case 'cut-after':
        this.#cutAfter(chunk, fault.bytes);
        return;
      case 'corrupt':
        this.#write(this.#isDue(fault.oneIn) ? this.#flipped(chunk) : chunk);
        return;
      case 'garbage':
        this.#write(chunk);
        if (this.#isDue(fault.oneIn)) this.#write(GARBAGE);
        return;
      case 'drip':
        this.#queue = Buffer.concat([this.#queue, chunk]);
        if (!this.#dripping) this.#drip(fault);
        return;
      default:
        this.#write(chunk);
    }
  }

  /** Whatever the fault was before, bytes keep their order. */
  #write(chunk: Buffer): void {
    if (this.#delayed.length > 0) return this.#delay(chunk, 0);
    if (this.#queue.length > 0) this.#send(this.#queue);
    this.#queue = EMPTY;
    this.#send(chunk);
  }

  #send(chunk: Buffer): void {
    if (this.client.writable) this.client.write(chunk);
    this.#sent += chunk.length;
  }

  #delay(chunk: Buffer, ms: number): void {
    this.#delayed.push({ chunk, dueAt: performance.now() + ms });
    if (this.#delayed.length === 1) this.later(ms, () => this.#release());
  }

  #release(): void {
    const now = performance.now() + 1;
    while (this.#delayed.length > 0 && this.#delayed[0]!.dueAt <= now) this.#send(this.#delayed.shift()!.chunk);
    const next = this.#delayed[0];
    if (next !== undefined) this.later(next.dueAt - now, () => this.#release());
  }

  #isDue(oneIn: number): boolean {
    this.#pieces += 1;
    return this.#pieces % oneIn === 0;
  }

  /** Which bit depends on what was sent before: another one each time, and the same ones in every run. */
  #flipped(chunk: Buffer): Buffer {
    const wrong = Buffer.from(chunk);
    const position = (this.#sent * 31 + this.#pieces) % wrong.length;
    wrong[position]! ^= 1 << (this.#pieces % 8);
    return wrong;
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
    this.#send(this.#queue.subarray(0, fault.bytes));
    this.#queue = this.#queue.subarray(fault.bytes);
    this.later(fault.everyMs, () => this.#drip(fault));
  }
}
