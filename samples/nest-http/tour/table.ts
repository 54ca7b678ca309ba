import { styleText } from 'node:util';

export interface Row {
  readonly title: string;
  readonly requests: string;
  readonly origin: string;
  readonly time: string;
  readonly answer: string;
}

const HEAD: Row = { title: '', requests: 'requests', origin: 'the origin did', time: 'time', answer: 'answer' };
const EMPTY: Row = { title: '', requests: '', origin: '', time: '', answer: '' };
const WIDTH = 80;
const FRAME_MS = 50;

/**
 * On a terminal all rows are there from the start and are redrawn in place as they change.
 * Anywhere else a row is written once, when it is done.
 */
export class Table {
  readonly #out: NodeJS.WriteStream;
  readonly #lines: string[];
  readonly #live: boolean;
  #drawnAt = 0;

  constructor(out: NodeJS.WriteStream, titles: readonly string[]) {
    this.#out = out;
    this.#lines = titles.map((title) => this.#styled('dim', format({ ...EMPTY, title })));
    this.#live = out.isTTY && out.columns >= WIDTH && out.rows > titles.length + 1;
    out.write(`${this.#styled('dim', format(HEAD))}\n`);
    if (this.#live) out.write(`${this.#lines.join('\n')}\n`);
  }

  show(index: number, row: Row, done: boolean): void {
    this.#lines[index] = done ? format(row) : this.#styled('yellow', format(row));
    if (this.#live) this.#redraw(done);
    else if (done) this.#out.write(`${format(row)}\n`);
  }

  #redraw(now: boolean): void {
    if (!now && performance.now() - this.#drawnAt < FRAME_MS) return;
    this.#drawnAt = performance.now();
    const up = `\u001b[${this.#lines.length}A`;
    this.#out.write(up + this.#lines.map((line) => `\u001b[2K${line}\n`).join(''));
  }

  #styled(style: 'dim' | 'yellow', line: string): string {
    return this.#out.isTTY && this.#out.hasColors() ? styleText(style, line) : line;
  }
}

function format({ title, requests, origin, time, answer }: Row): string {
  return `  ${title.padEnd(28)}${requests.padStart(8)}  ${origin.padEnd(14)}${time.padStart(9)}  ${answer}`.trimEnd();
}
