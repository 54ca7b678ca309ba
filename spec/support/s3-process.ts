/** A program of its own: S3, as s3rver plays it, on the port and in the directory of its arguments. */
import type { Server } from 'node:http';
import { createRequire } from 'node:module';

interface Emulator {
  readonly httpServer: Server;
  run(): Promise<unknown>;
}

const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => Emulator;
const [port, directory, bucket] = process.argv.slice(2);
const server = new S3rver({
  port: Number(port),
  address: '127.0.0.1',
  silent: true,
  directory,
  configureBuckets: [{ name: bucket }],
});
// An object that goes while s3rver opens it would end the program: whoever asked for it is cut off instead, and asks again.
process.on('uncaughtException', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'ENOENT') throw error;
  server.httpServer.closeAllConnections();
});
await server.run();
console.log('s3 is listening');
