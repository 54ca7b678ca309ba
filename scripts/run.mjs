import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * Runs a program to its end and never rejects.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, live?: boolean, limitMs?: number }} [options]
 *   `live` = the program writes straight to this terminal instead of into `output`
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
export function run(command, args, { cwd = root, env = {}, live = false, limitMs = 20 * 60_000 } = {}) {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  });
  const timer = limitMs > 0 && setTimeout(() => child.kill(), limitMs);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text) => (output += text));
  }
  return new Promise((done) => {
    child.once('error', (error) => done({ ok: false, output: `${output}${error.message}\n` }));
    child.once('close', (code, signal) => {
      if (signal !== null) output += `${command} was ended by ${signal} (limit: ${limitMs / 60_000} minutes)\n`;
      done({ ok: code === 0, output });
    });
  }).finally(() => clearTimeout(timer));
}

/** Runs a script with this Node. */
export const node = (args, options) => run(process.execPath, args, options);

/** Runs the npm that started us, or the one on the PATH. */
export function npm(args, options) {
  const cli = process.env.npm_execpath;
  return cli?.endsWith('npm-cli.js') ? node([cli, ...args], options) : run('npm', args, options);
}

/** The script behind a command of an installed development dependency. */
export function tool(packageName, command = packageName) {
  const { bin } = manifestOf(packageName);
  return join(root, 'node_modules', packageName, typeof bin === 'string' ? bin : bin[command]);
}

/** The version of an installed development dependency. */
export const installedVersion = (packageName) => manifestOf(packageName).version;

function manifestOf(packageName) {
  const file = join(root, 'node_modules', packageName, 'package.json');
  if (!existsSync(file)) throw new Error(`${packageName} is not installed; run npm ci`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Performs a step; one that throws has failed, and its message is what it had to say. */
export const attempt = (step) => step().catch((error) => ({ ok: false, output: `${error.message}\n` }));

/** Performs steps until one fails, shows what they printed and sets the exit code. */
export async function inTurn(steps) {
  for (const step of steps) {
    const { ok, output } = await attempt(step);
    process.stdout.write(output);
    if (ok) continue;
    process.exitCode = 1;
    return;
  }
}
