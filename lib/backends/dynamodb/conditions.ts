/** A condition of a request, or what it updates: an expression with its names and values. */
export interface Expression {
  readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, { readonly S?: string; readonly N?: string }>>;
}

const now = (): { N: string } => ({ N: `${Date.now()}` });

/** The key is absent, or has expired. */
export function absent(keyAttribute: string): Expression & { readonly ConditionExpression: string } {
  return {
    ConditionExpression: 'attribute_not_exists(#key) OR expiresAt <= :now',
    ExpressionAttributeNames: { '#key': keyAttribute },
    ExpressionAttributeValues: { ':now': now() },
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
export function present(keyAttribute: string): Expression & { readonly ConditionExpression: string } {
  return {
    ConditionExpression: 'attribute_exists(#key) AND (attribute_not_exists(expiresAt) OR expiresAt > :now)',
    ExpressionAttributeNames: { '#key': keyAttribute },
    ExpressionAttributeValues: { ':now': now() },
  };
}
