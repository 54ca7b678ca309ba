import { type CacheError, ConfigError, SerializationError, isCacheError } from '../errors.js';
import type { SerializerName } from '../contracts/names.js';
import type { Serializer, WireKind } from '../contracts/serializer.js';
import type { Wire } from '../contracts/backend.js';
import { SERIALIZER_NAMES, serializerByName } from '../serializers/by-name.js';
import { fits, shapeMistake } from '../serializers/fits.js';
import { unstorable } from '../serializers/unstorable.js';
import { nearestName } from '../util/nearest-name.js';
import { disown, isPending } from '../util/maybe-promise.js';
import type { StackSpec } from './stack-spec.js';

const MADE: Record<WireKind, string> = { reference: 'the value', text: 'a string', bytes: 'a Uint8Array' };

/** A serializer in its place: its failures are `SerializationError`s that say nothing of the value. */
export class Codec {
  readonly wire: WireKind;
  /** Whether a counter stored as decimal text reads back as a number. */
  readonly counts: boolean;
  readonly #serializer: Serializer;
  readonly #spec: StackSpec;
  readonly #maxBytes: number | undefined;

  constructor(serializer: Serializer, spec: StackSpec) {
    this.#serializer = serializer;
    this.#spec = spec;
    this.#maxBytes = spec.backend.capabilities.maxValueBytes;
    this.wire = serializer.wire;
    this.counts = serializer.decimalIntegers ?? serializer.wire !== 'bytes';
  }

  get name(): string {
    return this.#serializer.name;
  }

  encode(value: unknown): Wire {
    this.#mustBeStorable(value);
    let wire: Wire;
    try {
      wire = this.#serializer.serialize(value);
    } catch (error) {
      throw this.#failure('the value cannot be serialized', error);
    }
    this.#mustBeWire(wire);
    return this.fitting(wire);
  }

  #mustBeStorable(value: unknown): void {
    let problem: string | undefined;
    try {
      problem = unstorable(value, this.wire);
    } catch (error) {
      throw this.#failure('the value cannot be serialized', error);
    }
    if (problem !== undefined) throw this.#error(problem);
  }

  /** A serializer of the user's may answer anything. Text may stand for bytes: that is how counters are written. */
  #mustBeWire(wire: unknown): void {
    const fitting =
      this.wire === 'reference'
        ? !isPending(wire)
        : typeof wire === 'string' || (this.wire === 'bytes' && wire instanceof Uint8Array);
    if (fitting) return;
    const got = isPending(wire) ? 'a promise' : wire === null ? 'null' : `something of type ${typeof wire}`;
    disown(wire);
    throw this.#error(`serialize answered ${got}; let it answer ${MADE[this.wire]}, synchronously`);
  }

  /** @throws SerializationError when this is more than the backend can hold */
  fitting<Encoded extends Wire>(wire: Encoded): Encoded {
    if (this.#maxBytes !== undefined && byteLength(wire) > this.#maxBytes) {
      throw this.#error(
        `the value is larger than the ${this.#maxBytes} bytes that backend ${this.#spec.backend.name} can hold`,
      );
    }
    return wire;
  }

  decode(wire: Wire): unknown {
    if (wire === undefined) return undefined;
    let value: unknown;
    try {
      value = this.#serializer.deserialize(wire);
    } catch (error) {
      throw this.#failure('the stored value cannot be read', error);
    }
    if (value === undefined) throw this.#error('the stored value reads as undefined, which means a miss');
    if (this.wire !== 'reference' && isPending(value)) {
      disown(value);
      throw this.#error('deserialize answered a promise; let it be synchronous');
    }
    return value;
  }

  /** A serializer's own `CacheError` says what is wrong, and nothing of the value; anything else may quote it. */
  #failure(problem: string, error: unknown): CacheError {
    if (isCacheError(error, 'ERR_CACHE_CONFIG')) return error;
    if (isCacheError(error)) return this.#error(`${problem}: ${error.message}`);
    return this.#error(problem, error);
  }

  #error(problem: string, cause?: unknown): SerializationError {
    return new SerializationError(`${problem} (serializer ${this.#serializer.name}, cache ${this.#spec.name})`, {
      cache: this.#spec.name,
      cause: cause === undefined ? undefined : withoutMessage(cause),
    });
  }
}

/** The codecs that calls of one cache ask for, made once each. */
export class Codecs {
  readonly own: Codec;
  readonly #spec: StackSpec;
  readonly #byName = new Map<SerializerName, Codec>();
  readonly #byObject = new WeakMap<Serializer, Codec>();

  constructor(spec: StackSpec) {
    this.#spec = spec;
    this.own = new Codec(spec.serializer, spec);
  }

  /** @throws ConfigError when the serializer is unknown, or answers what the backend cannot hold */
  of(serializer: SerializerName | Serializer): Codec {
    if (typeof serializer === 'string') {
      let codec = this.#byName.get(serializer);
      if (codec === undefined) this.#byName.set(serializer, (codec = this.#make(this.#named(serializer))));
      return codec;
    }
    if (typeof serializer !== 'object' || serializer === null) throw this.#unknown();
    let codec = this.#byObject.get(serializer);
    if (codec === undefined) this.#byObject.set(serializer, (codec = this.#make(serializer)));
    return codec;
  }

  #named(name: SerializerName): Serializer {
    if (SERIALIZER_NAMES.includes(name)) return serializerByName(name);
    throw this.#unknown(nearestName(name, SERIALIZER_NAMES));
  }

  #unknown(near?: string): ConfigError {
    const hint = near === undefined ? '' : ` did you mean "${near}"?`;
    return new ConfigError(`serializer is not known;${hint} use one of ${SERIALIZER_NAMES.join(', ')}, or an object`, {
      cache: this.#spec.name,
    });
  }

  #make(serializer: Serializer): Codec {
    const { backend, name } = this.#spec;
    const mistake = shapeMistake(serializer);
    if (mistake !== undefined) throw new ConfigError(`serializer${mistake}`, { cache: name });
    if (!fits(serializer.wire, backend.capabilities.wire)) {
      throw new ConfigError(
        `serializer ${serializer.name} makes ${serializer.wire}, but backend ${backend.name} holds ${backend.capabilities.wire}; choose another serializer`,
        { cache: name },
      );
    }
    return new Codec(serializer, this.#spec);
  }
}

function byteLength(wire: Wire): number {
  if (typeof wire === 'string') return Buffer.byteLength(wire);
  return wire instanceof Uint8Array ? wire.byteLength : 0;
}

/** Parsers quote the text they choke on: keep what kind of error it was and where it was thrown, drop the quote. */
function withoutMessage(error: unknown): Error {
  const copy = new Error('(not shown, it may quote the value)');
  if (!(error instanceof Error)) return copy;
  copy.name = error.name;
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  copy.stack = [`${copy.name}: ${copy.message}`, ...frames].join('\n');
  return copy;
}
