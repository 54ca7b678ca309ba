import { ConfigError, InvalidKeyError } from '../errors.js';
import type { StackSpec } from './stack-spec.js';

/** Makes the final keys of one cache: `encode(namespace) + ':' + key`. */
export class Keys {
  readonly #spec: StackSpec;
  readonly #outer: string;
  readonly #own: string;
  readonly #maxBytes: number | undefined;
  // The key made last: a miss asks for the same one again and again, and hashing a new string is most of the cost of a look-up.
  #lastKey = '';
  #lastNamespace: string | undefined;
  #lastFinal = '';

  constructor(spec: StackSpec) {
    this.#spec = spec;
    this.#outer = spec.outerNamespace === undefined ? '' : segment(spec.outerNamespace);
    this.#own = this.#outer + segment(spec.namespace);
    this.#maxBytes = spec.backend.capabilities.maxKeyBytes;
  }

  /**
   * @throws InvalidKeyError when `key` is empty, no string, holds a lone surrogate (two of those would be one key on the wire),
   * or is longer than the backend can hold
   */
  final(key: string, namespace: string | undefined): string {
    if (key === this.#lastKey && namespace === this.#lastNamespace && key !== '' && this.#spec.buildKey === undefined)
      return this.#lastFinal;
    const final = this.#make(key, namespace);
    this.#lastKey = key;
    this.#lastNamespace = namespace;
    this.#lastFinal = final;
    return final;
  }

  #make(key: string, namespace: string | undefined): string {
    if (typeof key !== 'string' || key === '' || !key.isWellFormed()) throw this.#invalid(key);
    const { buildKey } = this.#spec;
    const final =
      buildKey === undefined
        ? (namespace === undefined ? this.#own : this.#prefixOf(namespace)) + key
        : this.#outer + this.#built(buildKey(key, namespace ?? this.#spec.namespace));
    if (this.#maxBytes !== undefined && Buffer.byteLength(final) > this.#maxBytes) throw this.#tooLong();
    return final;
  }

  /**
   * Under which the backend keeps the lock of a key. No namespace begins like it (its `%` would be escaped), so `clear`
   * does not touch it; the braces put it beside its entry in a Redis Cluster.
   */
  lock(key: string, namespace: string | undefined): string {
    return `%lock:{${this.final(key, namespace)}}`;
  }

  /** What all final keys of a namespace begin with. */
  prefix(namespace: string | undefined): string {
    const { buildKey } = this.#spec;
    if (buildKey !== undefined) return this.#outer + buildKey('', namespace ?? this.#spec.namespace);
    return namespace === undefined ? this.#own : this.#prefixOf(namespace);
  }

  /** Whether all keys of a namespace begin with its {@link prefix}: a rule of the user's may put the namespace elsewhere. */
  beginWithPrefix(namespace: string | undefined): boolean {
    const { buildKey } = this.#spec;
    const resolved = namespace ?? this.#spec.namespace;
    return buildKey === undefined || String(buildKey('key', resolved)).startsWith(buildKey('', resolved));
  }

  /** Whether nothing sets the keys of a namespace apart from those of other programs. */
  isBare(namespace: string | undefined): boolean {
    const { buildKey } = this.#spec;
    const resolved = namespace ?? this.#spec.namespace;
    return buildKey === undefined ? resolved === '' : buildKey('', resolved) === '';
  }

  #prefixOf(namespace: string): string {
    if (typeof namespace !== 'string' || !namespace.isWellFormed()) {
      const got =
        typeof namespace === 'string' ? 'malformed (it holds a lone surrogate)' : `of type ${typeof namespace}`;
      throw new ConfigError(`namespace is ${got}; give a well-formed string ('' for bare keys)`, {
        cache: this.#spec.name,
      });
    }
    return this.#outer + segment(namespace);
  }

  #built(key: unknown): string {
    if (typeof key === 'string' && key !== '' && key.isWellFormed()) return key;
    throw new InvalidKeyError('buildKey did not answer a non-empty, well-formed string', { cache: this.#spec.name });
  }

  #invalid(key: unknown): InvalidKeyError {
    const got =
      typeof key !== 'string'
        ? `of type ${typeof key}`
        : key === ''
          ? 'empty'
          : 'malformed (it holds a lone surrogate)';
    return new InvalidKeyError(`the key is ${got}; give a non-empty, well-formed string`, { cache: this.#spec.name });
  }

  #tooLong(): InvalidKeyError {
    return new InvalidKeyError(
      `the key is longer than the ${this.#maxBytes} bytes that backend ${this.#spec.backend.name} can hold; hash it or shorten it`,
      { cache: this.#spec.name },
    );
  }
}

/** A namespace as key segment. Escaped, so that no namespace can pretend to be another one plus the start of a key. */
function segment(namespace: string): string {
  if (namespace === '') return '';
  return `${namespace.replace(/[%:]/g, (char) => (char === '%' ? '%25' : '%3A'))}:`;
}
