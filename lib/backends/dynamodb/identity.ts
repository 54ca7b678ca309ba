import type { DynamoStore } from './dynamodb-options.js';

/** Equal for two backends on one table, as far as the options tell: a client of the user's keeps its region to itself. */
export function identityOf({ table, client, config }: DynamoStore): string {
  const { endpoint, region = process.env['AWS_REGION'] } = config as { endpoint?: string; region?: string };
  const place = client !== undefined ? undefined : endpoint === undefined ? region : new URL(endpoint).host;
  return place === undefined ? `dynamodb:${table}` : `dynamodb:${place}/${table}`;
}
