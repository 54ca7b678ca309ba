import type { BusMessage } from '../contracts/bus.js';
import { EVERYTHING } from './changes.js';

/** Part of the channel's name, so that versions that do not understand each other do not talk; and of each parcel. */
export const VERSION = 1;
/** What is sent stays below this, in bytes. */
const MAX_SENT = 256 * 1024;
/** What is longer is not even parsed. */
const MAX_RECEIVED = 1024 * 1024;

/** Several messages of one sender, as they travel: `[1,"sender",["k","key",…],["p","prefix"],["t","prefix","tag",…]]`. */
export interface Parcel {
  readonly sender: string;
  readonly messages: readonly BusMessage[];
}

type Item = readonly string[];

/** In as few parcels as the limit allows. What fits into none goes as "everything". */
export function pack(sender: string, messages: readonly BusMessage[]): string[] {
  const parcels: string[] = [];
  const head = `[${VERSION},${JSON.stringify(sender)}`;
  let parcel = head;
  let room = MAX_SENT;
  for (const { text, bytes } of messages.flatMap(itemsOf)) {
    if (bytes > room) {
      parcels.push(`${parcel}]`);
      parcel = head;
      room = MAX_SENT;
    }
    parcel += `,${text}`;
    room -= bytes + 1;
  }
  if (parcel !== head) parcels.push(`${parcel}]`);
  return parcels;
}

/** `undefined` = too large, malformed, or of another version. */
export function unpack(payload: Buffer): Parcel | undefined {
  if (payload.length > MAX_RECEIVED) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(payload.toString('utf8'));
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed) || parsed[0] !== VERSION) return undefined;
  const [, sender, ...items] = parsed as unknown[];
  if (typeof sender !== 'string') return undefined;
  const messages = items.map(messageOf);
  return messages.every((message) => message !== undefined) ? { sender, messages } : undefined;
}

function itemsOf(message: BusMessage): { text: string; bytes: number }[] {
  const text = JSON.stringify(itemOf(message));
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_SENT) return [{ text, bytes }];
  return halves(message).flatMap(itemsOf);
}

function itemOf(message: BusMessage): Item {
  if (message.kind === 'keys') return ['k', ...message.keys];
  return message.kind === 'prefix' ? ['p', message.prefix] : ['t', message.prefix, ...message.tags];
}

function halves(message: BusMessage): BusMessage[] {
  const list = message.kind === 'keys' ? message.keys : message.kind === 'tags' ? message.tags : [];
  if (list.length < 2) return [EVERYTHING];
  const middle = list.length >> 1;
  return [list.slice(0, middle), list.slice(middle)].map((part) =>
    message.kind === 'tags' ? { ...message, tags: part } : { kind: 'keys', keys: part },
  );
}

function messageOf(item: unknown): BusMessage | undefined {
  if (!Array.isArray(item) || !item.every((text) => typeof text === 'string')) return undefined;
  const [kind, ...texts] = item;
  if (kind === 'k') return { kind: 'keys', keys: texts };
  const [prefix, ...tags] = texts;
  if (prefix === undefined) return undefined;
  if (kind === 't') return { kind: 'tags', prefix, tags };
  return kind === 'p' && tags.length === 0 ? { kind: 'prefix', prefix } : undefined;
}
