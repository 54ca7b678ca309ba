/**
 * What travels to the backend: the value itself (`reference`, memory only), a string (`text`)
 * or a `Uint8Array` (`bytes`).
 */
export type WireKind = 'reference' | 'text' | 'bytes';

/**
 * Turns a value into what a backend holds, and back. Any object of this shape serves.
 *
 * @typeParam Wire `string` for `text`, `Uint8Array` for `bytes`, anything for `reference`
 */
export interface Serializer<Wire = unknown> {
  readonly name: string;
  readonly wire: WireKind;
  /** Never called with `undefined`: that is a miss. May throw; the command rejects with a `SerializationError`. */
  serialize(value: unknown): Wire;
  /** Gets what `serialize` answered, or the decimal text of a counter. May throw, as above. */
  deserialize(wire: Wire): unknown;
  /**
   * Whether safe integers travel as decimal text, so that `increment` and `get` understand each other.
   * Default: `true` unless `wire` is `bytes`. Where it is `false`, `increment` is refused on every backend that stores text or bytes.
   */
  readonly decimalIntegers?: boolean;
}
