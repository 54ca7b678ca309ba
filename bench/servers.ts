import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** A real server on a port of its own. */
export interface BenchServer {
  readonly port: number;
  stop(): void;
}

export function startRedis(): Promise<BenchServer> {
  return start(process.env['REDIS_SERVER_BIN'] ?? 'redis-server', (port, directory) => [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    directory,
  ]);
}

export function startMemcached(): Promise<BenchServer> {
  const binary = process.env['MEMCACHED_BIN'] ?? 'memcached';
  return start(binary, (port) => ['-l', '127.0.0.1', '-p', String(port), '-U', '0', '-u', 'nobody']);
}

async function start(
  binary: string,
  argumentsFor: (port: number, directory: string) => string[],
): Promise<BenchServer> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'cachewright-bench-'));
  const server = spawn(binary, argumentsFor(port, directory), { stdio: ['ignore', 'ignore', 'inherit'] });
  while (!(await answers(port))) await sleep(10);
  return {
    port,
    stop() {
      server.kill('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}
