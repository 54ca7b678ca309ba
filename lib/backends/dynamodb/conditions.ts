import type { Attributes } from './dynamodb-options.js';

/** A condition of a request, or what it updates: an expression with its names and values. */
export interface Expression {
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, AttributeValue>>;
}

interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly B?: Uint8Array;
}

export interface Condition extends Expression {
  readonly ConditionExpression: string;
}

const now = (): { N: string } => ({ N: `${Date.now()}` });

/** The key is absent, or has expired. */
export function absent(keyAttribute: string): Condition {
  return {
    ConditionExpression: 'attribute_not_exists(#key) OR expiresAt <= :now',
    ExpressionAttributeNames: { '#key': keyAttribute },
    ExpressionAttributeValues: { ':now': now() },
  };
}

/** The same, or there is nothing under it. */
export function absentOrEmpty({ key, value }: Attributes): Condition {
  const absence = absent(key);
  return {
    ConditionExpression: `${absence.ConditionExpression} OR attribute_not_exists(#value)`,
    ExpressionAttributeNames: { ...absence.ExpressionAttributeNames, '#value': value },
    ExpressionAttributeValues: absence.ExpressionAttributeValues,
  };
}

/** The key is there, and in this version. */
export function unchanged(version: string): object {
  return {
    ConditionExpression: '#version = :version AND (attribute_not_exists(expiresAt) OR expiresAt > :now)',
    ExpressionAttributeNames: { '#version': 'version' },
    ExpressionAttributeValues: { ':version': { S: version }, ':now': now() },
  };
}

/** The key is there. */
export function present(keyAttribute: string): Condition {
  return {
    ConditionExpression: 'attribute_exists(#key) AND (attribute_not_exists(expiresAt) OR expiresAt > :now)',
    ExpressionAttributeNames: { '#key': keyAttribute },
    ExpressionAttributeValues: { ':now': now() },
  };
}

/** The key is there, with a value of which is known that it does not begin so: of what lies beside the item nothing is. */
export function presentUnless({ key, value }: Attributes, beginning: string): Condition {
  const there = present(key);
  return {
    ConditionExpression: `${there.ConditionExpression} AND attribute_not_exists(#object) AND NOT begins_with(#value, :beginning)`,
    ExpressionAttributeNames: { ...there.ExpressionAttributeNames, '#value': value, '#object': 'object' },
    ExpressionAttributeValues: { ...there.ExpressionAttributeValues, ':beginning': { B: Buffer.from(beginning) } },
  };
}
