import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A copy of the built library, and of the worker that uses it, in which something is broken on purpose. */
export class BrokenBuild {
  readonly #folder: string;

  /**
   * @param file in `dist`
   * @param sound what stands there, once
   * @param broken what shall stand there instead
   */
  constructor(name: string, file: string, sound: string, broken: string) {
    // Inside of the repository, so that packages are found.
    this.#folder = join(ROOT, 'build/broken', name);
    this.dispose();
    mkdirSync(this.#folder, { recursive: true });
    cpSync(join(ROOT, 'package.json'), join(this.#folder, 'package.json'));
    for (const part of ['dist', 'build/spec/chaos']) {
      cpSync(join(ROOT, part), join(this.#folder, part), { recursive: true });
    }
    const path = join(this.#folder, 'dist', file);
    const parts = readFileSync(path, 'utf8').split(sound);
    if (parts.length !== 2) throw new Error(`"${sound}" stands ${parts.length - 1} times in ${file}`);
    writeFileSync(path, parts.join(broken));
  }

  get worker(): URL {
    return new URL(`file://${join(this.#folder, 'build/spec/chaos/worker.js')}`);
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
