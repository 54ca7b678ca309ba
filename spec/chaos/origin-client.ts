import { nowUs } from './clock.js';
import type { LoadRecord, OriginAnswer, OriginAsk } from './records.js';
import type { Row } from './row.js';

/** What the origin's failures look like to the application. */
export class OriginError extends Error {
  override readonly name = 'OriginError';

  constructor(
    message: string,
    /** What was to be loaded. Calls for one of these may have joined. */
    readonly keys: readonly string[],
  ) {
    super(message);
  }
}

/** When the origin was busy for a key. */
interface Busy {
  readonly start: number;
  end: number;
}

const KEPT_US = 20_000_000;

/** The origin as a worker sees it, and when it was asked for what. */
export class OriginClient {
  readonly loads: LoadRecord[] = [];
  readonly #send: (asks: readonly OriginAsk[]) => void;
  /** A load of this key begins while others, from these times on, are under way. */
  readonly #beside: (key: string, since: readonly number[]) => void;
  readonly #waiting = new Map<
    number,
    { resolve(rows: readonly Row[]): void; reject(error: Error): void; keys: readonly string[] }
  >();
  readonly #busy = new Map<string, Busy[]>();
  readonly #loading = new Map<string, Busy[]>();
  #asks: OriginAsk[] = [];
  #count = 0;

  constructor(send: (asks: readonly OriginAsk[]) => void, beside: (key: string, since: readonly number[]) => void) {
    this.#send = send;
    this.#beside = beside;
  }

  async load(keys: readonly string[]): Promise<readonly Row[]> {
    const busy: Busy = { start: nowUs(), end: Infinity };
    for (const key of keys) {
      const others = this.#loading.get(key) ?? [];
      if (others.length > 0) {
        this.#beside(
          key,
          others.map(({ start }) => start),
        );
      }
      this.#loading.set(key, [...others, busy]);
    }
    try {
      return await this.#ask('load', keys, busy);
    } finally {
      for (const key of keys) {
        const left = this.#loading.get(key)!.filter((other) => other !== busy);
        if (left.length > 0) this.#loading.set(key, left);
        else this.#loading.delete(key);
        this.loads.push({ key, start: busy.start, end: busy.end });
      }
    }
  }

  bump(keys: readonly string[]): Promise<readonly Row[]> {
    return this.#ask('bump', keys, { start: nowUs(), end: Infinity });
  }

  /** New versions of all keys of a group that were ever loaded. */
  bumpGroup(group: string): Promise<readonly Row[]> {
    return this.#ask('group', [group], { start: nowUs(), end: Infinity });
  }

  answered(answers: readonly OriginAnswer[]): void {
    for (const answer of answers) {
      const waiting = this.#waiting.get(answer.id);
      this.#waiting.delete(answer.id);
      if ('rows' in answer) waiting?.resolve(answer.rows);
      else waiting?.reject(new OriginError(answer.error, waiting.keys));
    }
  }

  /** When the origin was busy for one of these keys. */
  busyIntervals(keys: readonly string[]): readonly Busy[] {
    return keys.flatMap((key) => this.#busy.get(key) ?? []);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  async #ask(kind: OriginAsk['kind'], keys: readonly string[], busy: Busy): Promise<readonly Row[]> {
    const id = ++this.#count;
    for (const key of keys) this.#remember(key, busy);
    if (this.#asks.length === 0) setImmediate(() => this.#send(this.#asks.splice(0)));
    this.#asks.push({ id, kind, keys });
    try {
      return await new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject, keys }));
    } finally {
      busy.end = nowUs();
    }
  }

  #remember(key: string, busy: Busy): void {
    const since = busy.start - KEPT_US;
    const kept = (this.#busy.get(key) ?? []).filter(({ end }) => end > since);
    kept.push(busy);
    this.#busy.set(key, kept);
  }
}

/** For how much of the time from `start` to `end` at least one of the intervals lasted. */
export function overlapUs(
  intervals: readonly { readonly start: number; readonly end: number }[],
  start: number,
  end: number,
): number {
  let covered = 0;
  let reached = start;
  for (const interval of [...intervals].sort((one, other) => one.start - other.start)) {
    const from = Math.max(interval.start, reached);
    const to = Math.min(interval.end, end);
    if (to <= from) continue;
    covered += to - from;
    reached = to;
  }
  return covered;
}
