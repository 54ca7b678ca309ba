import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';
import { ServerProcess } from './server-process.js';

/** An S3 emulator with one bucket, in a process of its own. */
export class S3Server {
  readonly bucket = 'values';
  readonly #process = new ServerProcess('s3');
  #port: number | undefined;

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#port ??= await freePort();
    await this.#process.start({
      binary: process.execPath,
      args: [
        fileURLToPath(new URL('./s3-process.js', import.meta.url)),
        `${this.#port}`,
        this.#process.directory,
        this.bucket,
      ],
      started: /is listening/,
    });
  }

  /** Names of the objects that are there. */
  objects(): string[] {
    const files = readdirSync(join(this.#process.directory, this.bucket), { recursive: true }).map(String);
    return files.filter((file) => file.endsWith('._S3rver_object'));
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async dispose(): Promise<void> {
    await this.#process.dispose();
  }
}
