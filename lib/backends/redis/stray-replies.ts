import { disconnect, isClusterClient, type RedisClient } from './client.js';

interface Queue {
  shift(): object | undefined;
}

/** What this module needs of the inside of a client of one server, in ioredis 5 and 6. */
interface Internals extends RedisClient {
  readonly commandQueue: Queue;
  /** Makes a new queue for a new connection. */
  resetCommandQueue(): void;
  /** Empties the queue, which is the only time that its end is expected. */
  flushQueue(...args: unknown[]): void;
}

/** Takes any reply, for nobody. */
const NOBODY = { command: { name: 'nobody', args: [], resolve: () => undefined, reject: () => undefined } };

/**
 * Ends a connection on which something came that answers nothing (a broken network device, flipped bits): from then on
 * answers and commands may be out of step. ioredis reports most of that as an error and goes on; for a nil it throws out of the
 * handler of its socket, where nobody but the process can catch it (`DataHandler.shiftCommand`, 5.0 to 6.0).
 */
export function endOnStrayReplies(client: RedisClient): void {
  if (isClusterClient(client)) client.on('+node', (node) => guard(node as Internals));
  else guard(client as Internals);
}

function guard(client: Internals): void {
  if (typeof client.resetCommandQueue !== 'function' || typeof client.flushQueue !== 'function') return;
  const { resetCommandQueue, flushQueue } = client;
  let flushing = false;
  client.flushQueue = function (...args) {
    flushing = true;
    try {
      flushQueue.apply(this, args);
    } finally {
      flushing = false;
    }
  };
  client.resetCommandQueue = function () {
    resetCommandQueue.call(this);
    const queue = this.commandQueue;
    const { shift } = queue;
    queue.shift = () => {
      const next = shift.call(queue);
      if (next !== undefined || flushing) return next;
      disconnect(client);
      return NOBODY;
    };
  };
}
