const HIDDEN = '***';
const URL_LIKE = /^[a-z][a-z0-9+.-]*:\/\//i;
const SECRET =
  /pass(?:word|phrase)|secret|token|credential|(?:api|access|private)_?key|^(?:auth|user|(?:sentinel)?username|key|pfx|cert)$/i;

/** A deep copy of the configuration of one cache that is safe to show: secrets are `'***'`, instances go by their names. */
export function shownConfig(config: unknown): unknown {
  return typeof config === 'string' ? withoutUserinfo(config) : shownOptions(config as object, []);
}

/** @param around the objects that this one is part of */
function shownOptions(options: object, around: readonly object[]): Record<string, unknown> {
  const within = [...around, options];
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, SECRET.test(name) ? HIDDEN : shown(value, within)]));
}

function shown(value: unknown, around: readonly object[]): unknown {
  if (typeof value === 'string') return withoutUserinfo(value);
  if (typeof value === 'function') return nameOf(value) ?? 'function';
  if (typeof value === 'symbol') return 'symbol'; // the copy must be one that can be cloned
  if (typeof value !== 'object' || value === null) return value;
  if (around.includes(value)) return 'circular';
  if (Array.isArray(value)) return value.map((item) => shown(item, [...around, value]));
  return isPlain(value) ? shownOptions(value, around) : (nameOf(value) ?? nameOf(value.constructor) ?? 'object');
}

/** Up to the last `@` of the authority, however badly the password is escaped; also in URLs that its query holds (`endpoint`). */
function withoutUserinfo(given: string): string {
  const text = asParsed(given);
  if (!URL_LIKE.test(text)) return given;
  const [address, ...query] = withoutOwnUserinfo(text).split(/(?<=[?&])/);
  return [address, ...query.map(withoutParameterUserinfo)].join('');
}

/** As the parser of URLs takes it: line breaks and tabs are skipped, also in the scheme, as is white space before it. */
function asParsed(text: string): string {
  return text.replaceAll(/[\t\n\r]/g, '').replace(/^[\0- ]+/, '');
}

function withoutOwnUserinfo(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${HIDDEN}@`);
}

/** @param parameter `name=value`, and the `&` behind it */
function withoutParameterUserinfo(parameter: string): string {
  return parameter.replace(/(?<=^[^=]*=)[^&]*/, (value) => {
    const plain = decoded(value);
    if (plain === undefined) return HIDDEN;
    const safe = withoutOwnUserinfo(asParsed(plain));
    return safe === asParsed(plain) ? value : encodeURIComponent(safe);
  });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** An object with a method is a thing, not a list of options. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return !Object.values(value).some((part) => typeof part === 'function');
}

function nameOf(value: unknown): string | undefined {
  const { name, backendName } = value as { name?: unknown; backendName?: unknown };
  if (typeof backendName === 'string') return backendName;
  return typeof name === 'string' && name !== '' ? name : undefined;
}
