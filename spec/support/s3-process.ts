/** A program of its own: S3, as s3rver plays it, on the port and in the directory of its arguments. */
import { createRequire } from 'node:module';

const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => { run(): Promise<unknown> };
const [port, directory, bucket] = process.argv.slice(2);
const server = new S3rver({
  port: Number(port),
  address: '127.0.0.1',
  silent: true,
  directory,
  configureBuckets: [{ name: bucket }],
});
await server.run();
console.log('s3 is listening');
