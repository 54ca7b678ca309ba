import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export const root = dirname(createRequire(import.meta.url).resolve('cachewright/package.json'));

export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of this repository to its end, as a user would. One that does not end within 30 s is killed. */
export function print(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Printed> {
  // What the terminal or the machine says must change nothing.
  const inherited: NodeJS.ProcessEnv = { ...process.env, CACHEWRIGHT_DISABLE: '', FORCE_COLOR: '0' };
  return new Promise((done) => {
    const options = { cwd: root, env: { ...inherited, ...env }, timeout: 30_000, killSignal: 'SIGKILL' } as const;
    execFile(process.execPath, [...args], options, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

/** The text that a sample is expected to print. */
export function expected(name: string): string {
  return readFileSync(join(root, 'spec/samples/expected', `${name}.txt`), 'utf8');
}

/** Without what depends on the machine: times, ports, how many of a herd come late, and the width of the columns. */
export function settled(text: string): string {
  return text
    .replace(/ +[\d.]+ (ms|s)\b/g, ' # $1')
    .replace(/^ +Hit ratio:.*$/gm, (line) => line.replaceAll(/\d[\d,]*/g, '#'))
    .replace(/(127\.0\.0\.1):\d+/g, '$1:#')
    .replace(/(?<=\S) {2,}/g, '  ')
    .replace(/[ \t]+$/gm, '');
}
