import { crc32 } from 'node:zlib';
import type { EntryFacts, TagMark } from './framed.js';

/**
 * The written form of an entry that carries facts, text and bytes alike:
 *
 *     \x01cw <version> <checksum, 8 hex digits> <header, JSON> \n <value, as the serializer made it>
 *
 * The header is an array: serializer, created, fresh until, kept until, cost, tags with their marks; `null` = never. The
 * checksum (CRC-32, as in zlib) covers the final key, the header and the value, so that an entry that was damaged, or
 * stands under another key, is not taken for one. A newer version's entries are left alone.
 */
const MAGIC = '\u0001cw';
const VERSION = '1';
const CHECKSUM_AT = MAGIC.length + VERSION.length;
const HEADER_AT = CHECKSUM_AT + 8;
const LINE_END = 10;

/** What every frame begins with, of whatever version. */
export const FRAME_BEGINNING = MAGIC;

type Payload = string | Uint8Array;

/** Why a frame is not to be used: it was changed since it was written; another serializer, or a newer version, wrote it. */
export type FrameDefect = 'damaged' | 'foreign' | 'future';

export interface ReadFrame {
  readonly payload: Payload;
  readonly facts: EntryFacts;
}

export interface OpenFrame extends ReadFrame {
  /** Name of the one that made the payload. */
  readonly serializer: string;
}

/**
 * Whether it begins like a frame, or like one whose beginning was damaged: some serializers take any text or bytes for a
 * value. A plain value that looks like this is written in a frame of its own.
 */
export function looksFramed(wire: unknown): wire is Payload {
  if (typeof wire !== 'string' && !(wire instanceof Uint8Array)) return false;
  return wire.length > HEADER_AT && (beginsAlike(wire) || hasHead(wire));
}

const BEGINNING = [1, 0x63, 0x77, 0x31] as const;
const BRACKET = 0x5b;
const QUOTE = 0x22;

function codeAt(wire: Payload, at: number): number {
  return typeof wire === 'string' ? wire.charCodeAt(at) : wire[at]!;
}

/** Magic and version, of which one character may be wrong. Every value is asked: nearly all of them twice. */
function beginsAlike(wire: Payload): boolean {
  let wrong = 0;
  for (let at = 0; at < BEGINNING.length; at++) if (codeAt(wire, at) !== BEGINNING[at] && ++wrong > 1) return false;
  return true;
}

/** Checksum and the beginning of the header, of which some characters may be wrong. */
function hasHead(wire: Payload): boolean {
  if (codeAt(wire, HEADER_AT) !== BRACKET && codeAt(wire, HEADER_AT + 1) !== QUOTE) return false;
  let wrong = 0;
  for (let at = CHECKSUM_AT; at < HEADER_AT; at++) if (!isHexDigit(codeAt(wire, at)) && ++wrong > 2) return false;
  return true;
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
}

export function writeFrame<P extends Payload>(finalKey: string, payload: P, serializer: string, facts: EntryFacts): P {
  const { createdAt, freshUntil, keptUntil, costMs, tags } = facts;
  const times = [createdAt, freshUntil, keptUntil, costMs].map((time) => Math.round(time * 1_000) / 1_000);
  // JSON makes `null` of what is infinite.
  const header = JSON.stringify([serializer, ...times, tags]);
  const head = `${MAGIC}${VERSION}${checksum(finalKey, header, payload)}${header}\n`;
  if (typeof payload === 'string') return (head + payload) as P;
  return Buffer.concat([Buffer.from(head), payload]) as unknown as P;
}

/** @param wire something that {@link looksFramed} */
export function readFrame(finalKey: string, wire: Payload, serializer: string): ReadFrame | FrameDefect {
  const frame = openFrame(finalKey, wire);
  if (typeof frame === 'string') return frame;
  return frame.serializer === serializer ? { payload: frame.payload, facts: frame.facts } : 'foreign';
}

/**
 * The same, whichever serializer made its value.
 * @param wire something that {@link looksFramed}
 */
export function openFrame(finalKey: string, wire: Payload): OpenFrame | Exclude<FrameDefect, 'foreign'> {
  if (textOf(wire, 0, MAGIC.length) !== MAGIC) return 'damaged';
  if (textOf(wire, MAGIC.length, CHECKSUM_AT) !== VERSION) return 'future';
  const end = typeof wire === 'string' ? wire.indexOf('\n', HEADER_AT) : wire.indexOf(LINE_END, HEADER_AT);
  if (end === -1) return 'damaged';
  const header = textOf(wire, HEADER_AT, end);
  const payload = typeof wire === 'string' ? wire.slice(end + 1) : wire.subarray(end + 1);
  if (textOf(wire, CHECKSUM_AT, HEADER_AT) !== checksum(finalKey, header, payload)) return 'damaged';
  const parsed = headerIn(header);
  if (parsed === undefined) return 'damaged';
  const [serializer, createdAt, freshUntil, keptUntil, costMs, tags] = parsed;
  return {
    serializer,
    payload,
    facts: { createdAt, freshUntil: freshUntil ?? Infinity, keptUntil: keptUntil ?? Infinity, costMs, tags },
  };
}

type Header = readonly [
  serializer: string,
  createdAt: number,
  freshUntil: number | null,
  keptUntil: number | null,
  costMs: number,
  tags: readonly TagMark[],
];

/** `undefined` = it is none. A checksum keeps accidents out, not whoever computes one. */
function headerIn(text: string): Header | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(parsed)) return undefined;
  const [serializer, createdAt, freshUntil, keptUntil, costMs, tags] = parsed as unknown[];
  const timed = isTime(createdAt) && isTime(costMs) && isEnd(freshUntil) && isEnd(keptUntil);
  const tagged = Array.isArray(tags) && tags.every((tag) => Array.isArray(tag));
  return typeof serializer === 'string' && timed && tagged ? (parsed as unknown as Header) : undefined;
}

function isTime(time: unknown): boolean {
  return typeof time === 'number';
}

function isEnd(time: unknown): boolean {
  return time === null || isTime(time);
}

function checksum(finalKey: string, header: string, payload: Payload): string {
  const sum = crc32(payload, crc32(`${finalKey}\n${header}\n`));
  return sum.toString(16).padStart(8, '0');
}

function textOf(wire: Payload, from: number, to: number): string {
  if (typeof wire === 'string') return wire.slice(from, to);
  return Buffer.from(wire.buffer, wire.byteOffset, wire.byteLength).toString('utf8', from, to);
}
