import {
  BackendError,
  BackendUnavailableError,
  type CacheError,
  SerializationError,
  isCacheError,
} from '../../errors.js';
import { LoginRefused } from './dial.js';
import { NotBinary, Opcode, type Reply, Status } from './packet.js';

/** Answers that are no failure: each command says what it makes of them. */
const EXPECTED = new Set<number>([Status.ok, Status.notFound, Status.exists, Status.notStored]);

/** @throws when the server could not do what it was asked */
export function checked(reply: Reply): Reply {
  if (EXPECTED.has(reply.status)) return reply;
  // Quiet commands are refused under their own number, so this names what was asked for.
  if (reply.status === Status.tooLarge && reply.opcode !== Opcode.noop) {
    throw new SerializationError(
      'the value is larger than the memcached server takes (its option -I); it was not stored',
    );
  }
  throw new BackendError(`memcached answered with an error (${nameOf(reply.status)})`, { refused: true });
}

function nameOf(status: number): string {
  const known = Object.entries(Status).find(([, value]) => value === status);
  return known === undefined ? `status ${status}` : known[0];
}

/** What a command rejects with whose answer never came. */
export function lost(error: unknown, cache: string): CacheError {
  if (isCacheError(error)) return error;
  return new BackendError(
    'the connection to memcached was lost before the answer came; a write may have happened all the same',
    { cache, cause: error },
  );
}

export function unavailable(failure: unknown, where: string, cache: string): BackendUnavailableError {
  const errno = (failure as { code?: unknown } | undefined)?.code;
  const why =
    failure instanceof LoginRefused
      ? `${failure.message}; check username and password`
      : failure instanceof NotBinary
        ? 'it does not answer in the binary protocol; check the port, and that it is a memcached that speaks it'
        : typeof errno === 'string'
          ? `it cannot be reached (${errno})`
          : 'the connection was closed';
  return new BackendUnavailableError(`memcached at ${where} is not available: ${why}; reconnecting`, {
    cache,
    cause: failure,
  });
}
