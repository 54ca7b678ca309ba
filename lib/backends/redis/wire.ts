import type { Wire } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';
import { SerializationError } from '../../errors.js';
import { callForBytes, type RedisClient } from './client.js';
import { callFlat } from './flat-lists.js';

/** Sends a reading command whose strings come back as `wire` says. */
export function read(
  client: RedisClient,
  wire: WireKind,
  command: 'get' | 'mget',
  keys: readonly string[],
): Promise<unknown> {
  const answers = wire === 'bytes' ? 'bytes' : 'text';
  if (command === 'mget') return callFlat(client, command, keys, answers);
  return answers === 'bytes' ? callForBytes(client, command, keys) : client.call(command, keys);
}

/**
 * What ioredis takes: bytes are wrapped, not copied.
 * @throws SerializationError when a serializer of the user's answered with something else
 */
export function toWire(wire: unknown): string | Buffer {
  if (typeof wire === 'string' || Buffer.isBuffer(wire)) return wire;
  if (wire instanceof Uint8Array) return Buffer.from(wire.buffer, wire.byteOffset, wire.byteLength);
  const type = wire === null ? 'null' : typeof wire;
  throw new SerializationError(`redis holds strings and bytes, but the serializer answered with ${type}`);
}

/** No answer to what was asked: answers and commands are out of step, or it is no Redis that answers. */
export class UnfittingReply extends Error {
  override readonly name = 'UnfittingReply';

  constructor(type: string) {
    super(`the answer is of type ${type}, which does not fit the command`);
  }
}

/**
 * A string as it was stored. A miss is `undefined` here and nil there.
 * @throws UnfittingReply for anything else
 */
export function toValue(reply: unknown): Wire | undefined {
  if (reply === null) return undefined;
  if (typeof reply === 'string' || Buffer.isBuffer(reply)) return reply;
  throw new UnfittingReply(typeof reply);
}

/**
 * The same for so many keys.
 * @throws UnfittingReply
 */
export function toValues(reply: unknown, count: number): (Wire | undefined)[] {
  if (!Array.isArray(reply) || reply.length !== count) throw new UnfittingReply(typeof reply);
  return reply.map(toValue);
}

/**
 * The list that a script of ours answers with. No other command answers with a list of one list.
 * @param count how many items it has
 * @throws UnfittingReply for anything else
 */
export function toAnswer(reply: unknown, count: number): readonly unknown[] {
  const answer: unknown = Array.isArray(reply) && reply.length === 1 ? reply[0] : undefined;
  if (!Array.isArray(answer) || answer.length !== count) throw new UnfittingReply(typeof reply);
  return answer;
}

/** What PTTL says, in our words. */
export function toTtl(reply: unknown): number | null | undefined {
  const ms = Number(reply);
  if (ms === -2) return undefined;
  // 0 = less than a millisecond is left: still there, and not to be taken for "never expires".
  return ms === -1 ? null : Math.max(1, ms);
}

/** `PX ms`, or nothing. Fractions are rounded up: nothing dies early. */
export function lifetime(ttlMs: number | undefined): (string | number)[] {
  return ttlMs === undefined ? [] : ['PX', Math.ceil(ttlMs)];
}
