import { join } from 'node:path';
import { npm } from './run.mjs';

/** Packs what is built, as it would be published, and answers the path of the tarball. */
export async function pack(folder) {
  const { ok, output } = await npm([
    'pack',
    '--json',
    '--loglevel=error',
    '--ignore-scripts',
    '--pack-destination',
    folder,
  ]);
  if (!ok) throw new Error(output);
  const [{ filename }] = JSON.parse(output);
  return join(folder, filename);
}
