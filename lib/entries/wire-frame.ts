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

type Payload = string | Uint8Array;

/** Why a frame is not to be used: it was changed since it was written; another serializer, or a newer version, wrote it. */
export type FrameDefect = 'damaged' | 'foreign' | 'future';

export interface ReadFrame {
  readonly payload: Payload;
  readonly facts: EntryFacts;
}

/**
 * Whether it begins like a frame, or like one whose beginning was damaged: some serializers take any text or bytes for a
 * value. A plain value that looks like this is written in a frame of its own.
 */
export function looksFramed(wire: unknown): wire is Payload {
  if (typeof wire === 'string') return wire.length > HEADER_AT && looks((at) => wire.charCodeAt(at));
  return wire instanceof Uint8Array && wire.length > HEADER_AT && looks((at) => wire[at]!);
}

const BEGINNING = [1, 0x63, 0x77, 0x31];
const BRACKET = 0x5b;
const QUOTE = 0x22;

function looks(codeAt: (at: number) => number): boolean {
  const first = codeAt(0);
  // Nearly every value ends here.
  if (first !== 1 && codeAt(HEADER_AT) !== BRACKET && codeAt(HEADER_AT + 1) !== QUOTE) return false;
  const intact = BEGINNING.filter((code, at) => codeAt(at) === code).length;
  if (intact >= 3) return true;
  let digits = 0;
  for (let at = CHECKSUM_AT; at < HEADER_AT; at++) if (isHexDigit(codeAt(at))) digits++;
  return digits >= 6 && (codeAt(HEADER_AT) === BRACKET || codeAt(HEADER_AT + 1) === QUOTE);
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
  if (textOf(wire, 0, MAGIC.length) !== MAGIC) return 'damaged';
  if (textOf(wire, MAGIC.length, CHECKSUM_AT) !== VERSION) return 'future';
  const end = typeof wire === 'string' ? wire.indexOf('\n', HEADER_AT) : wire.indexOf(LINE_END, HEADER_AT);
  if (end === -1) return 'damaged';
  const header = textOf(wire, HEADER_AT, end);
  const payload = typeof wire === 'string' ? wire.slice(end + 1) : wire.subarray(end + 1);
  if (textOf(wire, CHECKSUM_AT, HEADER_AT) !== checksum(finalKey, header, payload)) return 'damaged';
  const [writtenBy, createdAt, freshUntil, keptUntil, costMs, tags] = JSON.parse(header) as Header;
  if (writtenBy !== serializer) return 'foreign';
  return {
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

function checksum(finalKey: string, header: string, payload: Payload): string {
  const sum = crc32(payload, crc32(`${finalKey}\n${header}\n`));
  return sum.toString(16).padStart(8, '0');
}

function textOf(wire: Payload, from: number, to: number): string {
  if (typeof wire === 'string') return wire.slice(from, to);
  return Buffer.from(wire.buffer, wire.byteOffset, wire.byteLength).toString('utf8', from, to);
}
