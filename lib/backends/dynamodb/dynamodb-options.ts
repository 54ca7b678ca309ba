import { ConfigError } from '../../errors.js';
import { type DynamoClient, isDynamoClient } from './client.js';
import { readEndpoint } from './endpoint.js';
import { type LargeValueOptions, type LargeValueStore, readLargeValues } from './large-values.js';

/** How the AWS SDK gets its keys, if not from its surroundings. */
export interface DynamoCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** Which table of DynamoDB, and how to get at it. */
export interface DynamoDbOptions {
  /** Name of the table, 3 to 255 characters of `a-z A-Z 0-9 _ . -`, or its ARN. */
  readonly table: string;
  /** Default: the SDK's (`AWS_REGION`, its configuration files …). */
  readonly region?: string | undefined;
  /** Of an emulator, or of a private endpoint. Default: that of the region. */
  readonly endpoint?: string | undefined;
  /** Default: the SDK's own chain. */
  readonly credentials?: DynamoCredentials | undefined;
  /** Create the table, and its time-to-live, if there is none; paid by request. Default `false`. */
  readonly createTable?: boolean | undefined;
  /** The attribute with the key, a string: the table's partition key. Default `'key'`. */
  readonly keyAttribute?: string | undefined;
  /** The attribute with the value, binary. Default `'value'`. */
  readonly valueAttribute?: string | undefined;
  /** The attribute from which DynamoDB itself deletes what has expired, in seconds. Default `'ttl'`. */
  readonly ttlAttribute?: string | undefined;
  /** Objects of S3 for values that are too large for an item. Needs `@aws-sdk/client-s3`. Default: such values are refused. */
  readonly largeValues?: LargeValueOptions | undefined;
  /** A ready `DynamoDBClient`, used as it is and never destroyed by this library. Excludes `region`, `endpoint` and `credentials`. */
  readonly client?: DynamoClient | undefined;
}

export const DYNAMODB_OPTION_NAMES = [
  'table',
  'region',
  'endpoint',
  'credentials',
  'createTable',
  'keyAttribute',
  'valueAttribute',
  'ttlAttribute',
  'largeValues',
  'client',
] as const satisfies readonly (keyof DynamoDbOptions)[];

/** Names of the attributes of an item. */
export interface Attributes {
  readonly key: string;
  readonly value: string;
  readonly ttl: string;
}

export interface DynamoStore {
  readonly table: string;
  readonly attributes: Attributes;
  readonly createTable: boolean;
  readonly largeValues: LargeValueStore | undefined;
  readonly client: DynamoClient | undefined;
  /** For a client of ours. */
  readonly config: object;
}

/** Attributes that have a name of their own. */
const OURS = ['expiresAt', 'version', 'object', 'owner', 'token'];

const TABLE_NAME = /^[\w.-]{3,255}$/;
const TABLE_ARN = /^arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/[\w.-]{3,255}$/;

/** @throws ConfigError that names the option and never its value */
export function readDynamoDbOptions(options: Partial<DynamoDbOptions>): DynamoStore {
  const { client, createTable = false } = options;
  if (options.table === undefined) throw new ConfigError('table is missing; give the name of the table');
  if (typeof createTable !== 'boolean') throw new ConfigError('createTable is no boolean; use true or false');
  if (client !== undefined && !isDynamoClient(client)) {
    throw new ConfigError('client is no DynamoDBClient; use one of @aws-sdk/client-dynamodb');
  }
  const other = (['region', 'endpoint', 'credentials'] as const).find((name) => options[name] !== undefined);
  if (client !== undefined && other !== undefined) {
    throw new ConfigError(`client and ${other} exclude each other; configure the client itself`);
  }
  const common = {
    ...(options.region === undefined ? {} : { region: text(options, 'region') }),
    ...(options.credentials === undefined ? {} : { credentials: readCredentials(options.credentials) }),
  };
  return {
    table: readTable(options),
    attributes: readAttributes(options),
    createTable,
    largeValues: options.largeValues === undefined ? undefined : readLargeValues(options.largeValues, common),
    client,
    config:
      options.endpoint === undefined ? common : { ...common, endpoint: readEndpoint(options.endpoint, 'endpoint') },
  };
}

/** DynamoDB itself would tell with the first command only, when loads already go on without a cache. */
function readTable(options: Partial<DynamoDbOptions>): string {
  const table = text(options, 'table')!;
  if (TABLE_NAME.test(table) || TABLE_ARN.test(table)) return table;
  throw new ConfigError(
    'table is no name of a table; use 3 to 255 characters of a-z, A-Z, 0-9, "_", "." and "-", or an ARN (arn:aws:dynamodb:region:account:table/name)',
  );
}

function readAttributes(options: Partial<DynamoDbOptions>): Attributes {
  const attributes = {
    key: text(options, 'keyAttribute') ?? 'key',
    value: text(options, 'valueAttribute') ?? 'value',
    ttl: text(options, 'ttlAttribute') ?? 'ttl',
  };
  const names = Object.values(attributes);
  const taken = names.find((name, index) => OURS.includes(name) || names.indexOf(name) !== index);
  if (taken === undefined) return attributes;
  throw new ConfigError(
    `keyAttribute, valueAttribute and ttlAttribute have to differ from each other and from ${OURS.join(', ')}`,
  );
}

function readCredentials(credentials: unknown): DynamoCredentials {
  const { accessKeyId, secretAccessKey } = (credentials ?? {}) as Partial<DynamoCredentials>;
  if (typeof accessKeyId === 'string' && typeof secretAccessKey === 'string') return credentials as DynamoCredentials;
  throw new ConfigError('credentials are incomplete; give { accessKeyId, secretAccessKey }');
}

type TextName = 'table' | 'region' | 'keyAttribute' | 'valueAttribute' | 'ttlAttribute';

function text(options: Partial<DynamoDbOptions>, name: TextName): string | undefined {
  const value: unknown = options[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '') throw new ConfigError(`${name} is no text; use a non-empty string`);
  return value;
}
