import type { Backend } from '../contracts/backend.js';
import { checkBackend } from '../registry/backend-object.js';
import { doubleOf } from './backend-commands.js';

/** `backend`, answering everything with a promise, one turn of the event loop later, as a server would. */
export function asynchronous(backend: Backend): Backend {
  checkBackend(backend, 'asynchronous: the backend');
  return doubleOf(backend, async (_command, carryOut) => {
    await new Promise((resolve) => setImmediate(resolve));
    return carryOut();
  });
}
