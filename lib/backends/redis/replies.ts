import { BackendError, BackendUnavailableError, type CacheError, isCacheError } from '../../errors.js';
import { UnfittingReply } from './wire.js';

/** Answers that refuse a command for a reason of the server's: nothing was done, and any other command would fare alike. */
const REFUSALS = new Set(['LOADING', 'NOAUTH', 'WRONGPASS', 'MASTERDOWN']);

/** ioredis had no socket to write to. */
const NOT_SENT = /isn't writeable/;

/** The first word of an error that the server answered with (`WRONGTYPE`, `OOM`, `ERR` ...). */
export function replyCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  return /^[A-Z][A-Z\d]*(?= |$)/.exec(error.message)?.[0] ?? 'ERR';
}

/** Keys of one slot of a cluster are on two nodes, because the slot is on its way: commands on several of them fail. */
export function isTornApart(error: unknown): boolean {
  const { cause } = error as { cause?: unknown };
  const vendors = isCacheError(error) ? cause : error;
  return vendors instanceof Error && vendors.message.startsWith('Too many Cluster redirections');
}

/** What a failed command rejects with. */
export function commandError(error: unknown, cache: string): CacheError {
  if (isCacheError(error)) return error;
  const options = { cache, cause: error };
  const code = replyCode(error);
  if (code !== undefined && REFUSALS.has(code)) {
    return new BackendUnavailableError(`redis takes no commands now (${code})`, options);
  }
  if (code !== undefined) {
    return new BackendError(`redis answered with an error (${code})`, { ...options, refused: true });
  }
  if (error instanceof Error && NOT_SENT.test(error.message)) {
    return new BackendUnavailableError('the connection to redis is lost; nothing was sent', options);
  }
  if (error instanceof UnfittingReply) {
    return new BackendError(`${error.message}; a write may have happened all the same`, options);
  }
  return new BackendError(
    'the connection to redis was lost before the answer came; a write may have happened all the same',
    options,
  );
}

/** Why there is no connection, in words that hold no secret. */
export function describeFailure(error: unknown): string {
  const sentinels = codeOfSentinels(error);
  if (sentinels !== undefined) return describeSentinels(sentinels);
  const reason = ofLastNode(error);
  const code = replyCode(reason);
  if (isLogin(code)) return `it refused the login (${code}); check username and password`;
  if (code !== undefined && NO_CLUSTER.test((reason as Error).message))
    return 'it is no cluster; use url, or host and port';
  if (code !== undefined) return `it refused the connection (${code})`;
  if (reason !== error) return 'no node can be reached';
  const errno = (error as { code?: unknown } | undefined)?.code;
  return typeof errno === 'string' ? `it cannot be reached (${errno})` : 'the connection was closed';
}

/** Whether trying again soon is pointless: somebody has to change the configuration, here or there. */
export function needsOperator(error: unknown): boolean {
  const code = codeOfSentinels(error) || replyCode(ofLastNode(error));
  return code !== undefined && code !== 'LOADING';
}

function isLogin(code: string | undefined): boolean {
  return code === 'WRONGPASS' || code === 'NOAUTH';
}

const NO_CLUSTER = /cluster support disabled/;

/** A client of a cluster says only that all nodes failed; the last one's failure hangs on that. */
function ofLastNode(error: unknown): unknown {
  return (error as { lastNodeError?: unknown } | undefined)?.lastNodeError ?? error;
}

/** A client of sentinels repeats the words of the last one. */
const SENTINELS = /^All sentinels are unreachable[^]*?(?:Last error: (?:([A-Z][A-Z\d]*) )?|$)/;

/** The first word of the error that the sentinels answered with; `''` = none of them did; `undefined` = it is not about sentinels. */
function codeOfSentinels(error: unknown): string | undefined {
  const said = error instanceof Error ? SENTINELS.exec(error.message) : null;
  return said === null ? undefined : (said[1] ?? '');
}

function describeSentinels(code: string): string {
  if (code === '') return 'no sentinel can be reached that knows a master of this name';
  if (isLogin(code)) {
    return `the sentinels refused the login (${code}); check sentinelUsername and sentinelPassword`;
  }
  return `the sentinels answered with an error (${code}); check that they are sentinels`;
}
