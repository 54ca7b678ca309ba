import type { Backend } from '../contracts/backend.js';
import { doubleOf } from './backend-commands.js';

/** `backend`, answering everything with a promise, one turn of the event loop later, as a server would. */
export function asynchronous(backend: Backend): Backend {
  return doubleOf(backend, async (_command, carryOut) => {
    await new Promise((resolve) => setImmediate(resolve));
    return carryOut();
  });
}
