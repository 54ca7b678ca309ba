import { UnsupportedCommandError } from '../../errors.js';

/** They change what the connection answers, to whom it belongs or which database it is on. */
const OF_THE_CONNECTION = new Set(
  'auth discard exec hello monitor multi psubscribe psync quit reset select ssubscribe subscribe sync unwatch watch'.split(
    ' ',
  ),
);

/**
 * Whether `raw` may send this on the connection that all commands of the cache share.
 * @throws UnsupportedCommandError for what would make other commands answer wrongly, or ioredis throw where nobody catches
 */
export function checkRaw(command: string, args: readonly unknown[]): void {
  const name = command.toLowerCase();
  if (OF_THE_CONNECTION.has(name) || (name === 'client' && String(args[0]).toLowerCase() === 'reply')) {
    throw new UnsupportedCommandError(
      `raw: ${name} changes the connection that all commands share; use a client of your own`,
    );
  }
  // ioredis looks commands up in plain objects, and stumbles over what these inherit.
  if (command === '' || command in Object.prototype || name in Object.prototype) {
    throw new UnsupportedCommandError("raw: redis has no command of this name; use for example 'GET'");
  }
}
