import { ConfigError } from '../errors.js';

/**
 * Does nothing without a signal, or while it is not aborted.
 * @throws its reason; ConfigError when it is no signal, for one its controller
 */
export function throwIfAborted(signal: AbortSignal | null | undefined): void {
  if (signal === undefined || signal === null) return;
  if (typeof signal.throwIfAborted !== 'function')
    throw new ConfigError('signal is no AbortSignal; give the `signal` of an AbortController');
  signal.throwIfAborted();
}
