import { loadPeer } from '../../util/peer.js';

/** What this backend uses of the AWS SDK's client. Structural, so that the types of this package do not need the SDK. */
export interface DynamoClient {
  send(command: never, options?: { readonly abortSignal?: AbortSignal }): Promise<unknown>;
  destroy(): void;
}

/** Operations of DynamoDB that are used here. */
export type Operation =
  | 'GetItem'
  | 'PutItem'
  | 'UpdateItem'
  | 'DeleteItem'
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'Scan'
  | 'DescribeTable'
  | 'CreateTable'
  | 'UpdateTimeToLive';

/** A value of an attribute, as far as we write some. */
export interface Attribute {
  readonly S?: string;
  readonly N?: string;
  readonly B?: Uint8Array;
}

export type Item = Readonly<Record<string, Attribute>>;

interface Sdk {
  readonly DynamoDBClient: new (config: object) => DynamoClient;
  readonly [command: `${string}Command`]: (new (input: object) => never) | undefined;
}

/** @throws ConfigError when the SDK is not installed */
export function sdk(): Sdk {
  return loadPeer<Sdk>('@aws-sdk/client-dynamodb', 'the dynamodb backend');
}

export function isDynamoClient(value: unknown): value is DynamoClient {
  if (typeof value !== 'object' || value === null) return false;
  const { send, destroy } = value as Partial<DynamoClient>;
  return typeof send === 'function' && typeof destroy === 'function';
}
