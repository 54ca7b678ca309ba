import { format } from 'node:util';

const STREAMS = ['stdout', 'stderr'] as const;
const METHODS = ['log', 'info', 'warn', 'error', 'debug'] as const;

/** Fails the suite's specs after which a rejection was left unhandled. */
export function forbidUnhandledRejections(): void {
  forbid('unhandledRejection', 'an unhandled rejection');
}

/** Fails the suite's specs after which Node warned of anything, such as a listener for each of many events. */
export function forbidWarnings(): void {
  forbid('warning', 'a warning');
}

function forbid(event: 'unhandledRejection' | 'warning', name: string): void {
  const seen: unknown[] = [];
  const listen = (what: unknown): void => void seen.push(what);
  before(() => process.on(event as 'warning', listen));
  after(() => process.off(event, listen));
  afterEach(`not ${name}`, async () => {
    await new Promise(setImmediate);
    if (seen.length > 0) throw new Error(name, { cause: seen.splice(0)[0] });
  });
}

/** What was printed through `console`, or written to the process's streams by anybody, while `work` ran. */
export async function printedDuring(work: () => Promise<unknown>): Promise<string> {
  let printed = '';
  const restore: (() => void)[] = [];
  for (const name of METHODS) {
    const original = console[name];
    console[name] = (...args: unknown[]): void => void (printed += `${format(...args)}\n`);
    restore.push(() => (console[name] = original));
  }
  for (const name of STREAMS) {
    const stream = process[name];
    const original = stream.write;
    stream.write = (chunk: unknown, ...rest: never[]) => {
      printed += String(chunk);
      return original.call(stream, chunk as string, ...rest);
    };
    restore.push(() => (stream.write = original));
  }
  try {
    await work();
  } finally {
    for (const undo of restore) undo();
  }
  return printed;
}
