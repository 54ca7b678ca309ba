const USERINFO = /\b([a-z][a-z0-9+.-]*:\/\/)(?:(?![a-z][a-z0-9+.-]*:\/\/)\S)*@/gi;

/** Where messages of servers and clients repeat what was sent or answered; a stack may follow. */
const ECHOES = /\b(with args beginning with:|Last (?:error|reply):|NOPERM User)[^]*?(?=\n\s+at |$)/g;

/** What a server quotes of the command it refuses. */
const QUOTED = /'[^'\n]*'|`[^`\n]*`|"[^"\n]*"/g;

/** `text` without the user and password of any URL, and without the arguments and answers that vendors repeat. */
export function redactText(text: string): string {
  return text.replace(USERINFO, '$1***@').replace(ECHOES, '$1 ***');
}

/**
 * A copy of a vendor's error that is safe to log. Vendors hang the command, its arguments and the connection options
 * on their errors, so only an allowlist is taken over: name, message, code and stack.
 */
export function redactedCause(error: unknown): Error {
  try {
    if (error instanceof Error) return redactedCopy(error);
  } catch {
    // A proxy, a getter or a message that is no text: it is described like anything else that is no error.
  }
  return new Error(`a thrown ${error === null ? 'null' : typeof error}`);
}

function redactedCopy(error: Error): Error {
  const redact = (text: string): string =>
    error.name === 'ReplyError' ? redactText(text).replace(QUOTED, "'***'") : redactText(text);
  const copy = new Error(redact(error.message));
  copy.name = error.name;
  const stack = error.stack === undefined ? undefined : redact(error.stack);
  Object.defineProperty(copy, 'stack', { value: stack, configurable: true, writable: true });
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' || typeof code === 'number') {
    Object.defineProperty(copy, 'code', { value: code, enumerable: true, configurable: true });
  }
  return copy;
}
