/**
 * What `value` is called if it can be read once only: the second one to get it would find it used up.
 * Looks at nothing that plain data has.
 * @throws what a proxy throws that does not let itself be looked at
 */
export function readableOnce(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return undefined;
  if (has(value, 'getReader') || (has(value, 'pipe') && has(value, 'on'))) return 'a stream';
  // What methods of a Nest controller answer with files: a stream inside.
  if (has(value, 'getStream') && has(value, 'getHeaders')) return 'a streamable file';
  if ((Symbol.iterator in value || Symbol.asyncIterator in value) && has(value, 'next')) return 'an iterator';
  if ('bodyUsed' in value && has(value, 'arrayBuffer')) return 'a response with its body';
  return undefined;
}

function has(value: object, method: string): boolean {
  return method in value && typeof (value as Record<string, unknown>)[method] === 'function';
}
