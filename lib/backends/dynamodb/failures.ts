import { BackendError, BackendUnavailableError, type CacheError, isCacheError } from '../../errors.js';

/** Somebody else was faster, or the entry is not as it has to be: an answer, not a failure. */
export function isConditionFailure(error: unknown): boolean {
  return nameOf(error) === 'ConditionalCheckFailedException';
}

export function isMissingTable(error: unknown): boolean {
  return nameOf(error) === 'ResourceNotFoundException';
}

export function isTableInUse(error: unknown): boolean {
  return nameOf(error) === 'ResourceInUseException';
}

/** The SDK has no name of its own for that. */
const NO_REGION = /^Region (?:is missing|not accepted)/;

/** Nothing was done, for a reason that any other request would meet as well. */
const UNAVAILABLE: Readonly<Record<string, string>> = {
  ProvisionedThroughputExceededException: 'it throttles',
  ThrottlingException: 'it throttles',
  RequestLimitExceeded: 'it throttles',
  ResourceNotFoundException: 'there is no such table; create it, or set createTable',
  UnrecognizedClientException: 'it refused the credentials',
  InvalidSignatureException: 'it refused the credentials',
  ExpiredTokenException: 'the credentials have expired',
  AccessDeniedException: 'it refused access',
  CredentialsProviderError: 'there are no credentials',
  NoSuchBucket: 'there is no such bucket; create it',
  SlowDown: 'it throttles',
  InvalidAccessKeyId: 'it refused the credentials',
  SignatureDoesNotMatch: 'it refused the credentials',
  ExpiredToken: 'the credentials have expired',
  AccessDenied: 'it refused access',
};

const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN']);

/** Whom a request goes to, for messages. */
export interface Service {
  readonly name: string;
  readonly place: string;
}

/** What a failed request rejects with. */
export function failure(error: unknown, { name: service, place }: Service, cache: string): CacheError {
  if (isCacheError(error)) return error;
  const name = nameOf(error);
  const options = { cache, cause: error };
  const why = UNAVAILABLE[name] ?? whyNotSent(error);
  if (why !== undefined) return new BackendUnavailableError(`${place} is not available: ${why}`, options);
  const status = statusOf(error) ?? 0;
  if (status >= 400 && status < 500)
    return new BackendError(`${service} answered with an error (${name})`, { ...options, refused: true });
  return new BackendError(`${service} gave no answer (${name}); a write may have happened all the same`, options);
}

function whyNotSent(error: unknown): string | undefined {
  if (error instanceof Error && NO_REGION.test(error.message))
    return 'there is no valid region; set region, or AWS_REGION';
  return NOT_SENT.has(codeOf(error)) ? `it cannot be reached (${codeOf(error)})` : undefined;
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}

/** Node wraps the failures of several addresses of one host. */
function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: string; errors?: readonly { code?: string }[] };
  return code ?? errors?.[0]?.code ?? '';
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}
