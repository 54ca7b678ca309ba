import { randomUUID } from 'node:crypto';
import { type CacheError, ConfigError } from '../../errors.js';
import { loadPeer } from '../../util/peer.js';
import type { DynamoClient, Item } from './client.js';
import { readEndpoint } from './endpoint.js';
import { failure, type Service } from './failures.js';

/** Where values go that are too large for an item. */
export interface LargeValueOptions {
  /** The name of the bucket. */
  readonly bucket: string;
  /** What the names of objects begin with. Default `'cachewright/'`. */
  readonly prefix?: string | undefined;
  /** Values of so many bytes or more. Default 350 KiB. */
  readonly from?: number | undefined;
  /** Of an emulator, or of a private endpoint; objects are then addressed by path. Default: that of the region. */
  readonly endpoint?: string | undefined;
  /** A ready `S3Client`, used as it is and never destroyed by this library. Excludes `endpoint`. */
  readonly client?: DynamoClient | undefined;
}

/** Checked options. */
export interface LargeValueStore {
  readonly bucket: string;
  readonly prefix: string;
  readonly from: number;
  readonly client: DynamoClient | undefined;
  /** For a client of ours. */
  readonly config: object;
}

/** A large value may take long; so long without a byte, in ms, nothing will come of it. */
const PATIENCE = { maxAttempts: 2, requestHandler: { connectionTimeout: 10_000, socketTimeout: 30_000 } };

const DEFAULT_FROM = 350 * 1024;
const NAMES = ['bucket', 'prefix', 'from', 'endpoint', 'client'];

/** @throws ConfigError that names the option and never its value */
export function readLargeValues(value: unknown, common: object): LargeValueStore {
  if (typeof value !== 'object' || value === null) throw new ConfigError('largeValues is no object; use { bucket }');
  const unknown = Object.keys(value).find((name) => !NAMES.includes(name));
  if (unknown !== undefined)
    throw new ConfigError(`largeValues.${unknown} is no option; there are ${NAMES.join(', ')}`);
  const {
    bucket,
    prefix = 'cachewright/',
    from = DEFAULT_FROM,
    endpoint,
    client,
  } = value as Partial<LargeValueOptions>;
  if (typeof bucket !== 'string' || bucket === '')
    throw new ConfigError('largeValues.bucket is missing; give its name');
  if (typeof prefix !== 'string') throw new ConfigError('largeValues.prefix is no text; use a string');
  if (!Number.isSafeInteger(from) || from < 1 || from > DEFAULT_FROM) {
    throw new ConfigError(`largeValues.from is out of range; use a number of bytes from 1 to ${DEFAULT_FROM}`);
  }
  if (client !== undefined && typeof client.send !== 'function') {
    throw new ConfigError('largeValues.client is no S3Client; use one of @aws-sdk/client-s3');
  }
  if (client !== undefined && endpoint !== undefined) {
    throw new ConfigError(
      'largeValues.client and largeValues.endpoint exclude each other; configure the client itself',
    );
  }
  const place =
    endpoint === undefined ? {} : { endpoint: readEndpoint(endpoint, 'largeValues.endpoint'), forcePathStyle: true };
  const config = { ...common, ...place, ...PATIENCE };
  return { bucket, prefix, from, client, config };
}

interface S3 {
  readonly S3Client: new (config: object) => DynamoClient;
  readonly PutObjectCommand: new (input: object) => never;
  readonly GetObjectCommand: new (input: object) => never;
  readonly DeleteObjectCommand: new (input: object) => never;
}

/** Objects that hold values of items. An object belongs to one write of one item, and goes with it. */
export class LargeValues {
  readonly #store: LargeValueStore;
  readonly #service: Service;
  readonly #cache: string;
  #client: DynamoClient | undefined;

  constructor(store: LargeValueStore, cache: string) {
    this.#store = store;
    this.#client = store.client;
    this.#service = { name: 's3', place: `the bucket ${store.bucket} of largeValues` };
    this.#cache = cache;
  }

  holds(bytes: Uint8Array): boolean {
    return bytes.length >= this.#store.from;
  }

  /** Answers the name of the object. */
  async put(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<string> {
    const name = this.#store.prefix + randomUUID();
    const { PutObjectCommand } = s3();
    try {
      await this.#send(new PutObjectCommand({ ...this.#at(name), Body: bytes }), signal);
    } catch (error) {
      // It may be there all the same.
      void this.#delete(name);
      throw this.#failure(error);
    }
    return name;
  }

  /** `undefined` = it is gone. */
  async get(name: string, signal: AbortSignal | undefined): Promise<Buffer | undefined> {
    const { GetObjectCommand } = s3();
    try {
      const answer = await this.#send(new GetObjectCommand(this.#at(name)), signal);
      const { Body } = answer as { Body: { transformToByteArray(): Promise<Uint8Array> } };
      return Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
      throw this.#failure(error);
    }
  }

  /** In the background: what is left behind when that fails costs storage, nothing else. */
  forget(...items: readonly (Item | undefined)[]): void {
    for (const item of items) {
      const name = objectOf(item);
      if (name !== undefined) void this.#delete(name);
    }
  }

  close(): void {
    if (this.#store.client === undefined) this.#client?.destroy();
  }

  async #delete(name: string): Promise<void> {
    const { DeleteObjectCommand } = s3();
    await this.#send(new DeleteObjectCommand(this.#at(name)), undefined).catch(() => undefined);
  }

  #failure(error: unknown): CacheError {
    return failure(error, this.#service, this.#cache);
  }

  #at(name: string): object {
    return { Bucket: this.#store.bucket, Key: name };
  }

  #send(command: never, signal: AbortSignal | undefined): Promise<unknown> {
    this.#client ??= new (s3().S3Client)(this.#store.config);
    return this.#client.send(command, signal === undefined ? {} : { abortSignal: signal });
  }
}

/** The object that holds an item's value, if one does. */
export function objectOf(item: Item | undefined): string | undefined {
  return item?.['object']?.S;
}

function s3(): S3 {
  return loadPeer<S3>('@aws-sdk/client-s3', 'largeValues of the dynamodb backend');
}
