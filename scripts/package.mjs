import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './pack.mjs';
import { node, tool } from './run.mjs';

const folder = await mkdtemp(join(tmpdir(), 'cachewright-package-'));
try {
  const tarball = await pack(folder);
  const publint = await node([tool('publint'), 'run', tarball, '--strict'], { live: true });
  const types = await node([tool('@arethetypeswrong/cli', 'attw'), tarball, '--profile', 'esm-only'], { live: true });
  process.exitCode = publint.ok && types.ok ? 0 : 1;
} finally {
  await rm(folder, { recursive: true });
}
