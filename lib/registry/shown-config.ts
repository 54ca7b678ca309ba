const HIDDEN = '***';
const SECRET = /pass(?:word|phrase)|secret|token|credential|(?:api|access|private)_?key|^(?:auth|user(?:name)?|key|pfx|cert)$/i;

/** A deep copy of a configuration that is safe to show: secrets are `'***'`, instances go by their names. */
export function shownConfig(config: unknown): unknown {
  if (typeof config === 'string') return withoutUserinfo(config);
  if (typeof config === 'function') return nameOf(config) ?? 'function';
  if (typeof config !== 'object' || config === null) return config;
  if (Array.isArray(config)) return config.map(shownConfig);
  if (!isPlain(config)) return nameOf(config) ?? nameOf(config.constructor) ?? 'object';
  return Object.fromEntries(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, SECRET.test(name) ? HIDDEN : shownConfig(value)]),
  );
}

/** Up to the last `@` of the authority, however badly the password is escaped. */
function withoutUserinfo(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, `$1${HIDDEN}@`);
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
