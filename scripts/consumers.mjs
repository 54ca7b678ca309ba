import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './pack.mjs';
import { installedVersion, node, npm, root } from './run.mjs';

/** Nest binds to the core it finds first, so every version gets a folder of its own, far from our node_modules. */
const CONSUMERS = [
  { nest: '10.4.22', typescript: '5.9.3' },
  { nest: '11.2.10', typescript: '6.0.3' },
  { nest: '12.5.1', typescript: '7.0.2' },
];

const folder = await mkdtemp(join(tmpdir(), 'cachewright-consumers-'));
try {
  const tarball = await pack(folder);
  for (const versions of CONSUMERS) await checkWith(versions, tarball);
} finally {
  await rm(folder, { recursive: true });
}

async function checkWith({ nest, typescript }, tarball) {
  const consumer = join(folder, `nest-${nest}`);
  await mkdir(consumer);
  await cp(join(root, 'scripts', 'consumers'), consumer, { recursive: true });
  const dependencies = {
    '@nestjs/common': nest,
    '@nestjs/core': nest,
    '@types/node': installedVersion('@types/node'),
    cachewright: `file:${tarball}`,
    'reflect-metadata': installedVersion('reflect-metadata'),
    rxjs: installedVersion('rxjs'),
    typescript,
  };
  await writeFile(join(consumer, 'package.json'), JSON.stringify({ private: true, dependencies }));
  const steps = {
    install: () => npm(['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd: consumer }),
    'as an ES module': () => node(['app.mjs'], { cwd: consumer, limitMs: 60_000 }),
    'as CommonJS': () => node(['app.cjs'], { cwd: consumer, limitMs: 60_000 }),
    'types, experimental decorators': () => typeCheck(consumer, 'legacy.mts', ['--experimentalDecorators']),
    'types, standard decorators': () => typeCheck(consumer, 'standard.mts', []),
  };
  for (const [step, perform] of Object.entries(steps)) {
    const { ok, output } = await perform();
    console.log(`Nest ${nest}, TypeScript ${typescript}, ${step}: ${ok ? 'ok' : `FAILED\n${output}`}`);
    if (!ok) process.exitCode = 1;
  }
}

/** Declarations are checked too: ours have to make sense without the optional peers. */
function typeCheck(consumer, file, flags) {
  const options = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    'false',
    '--types',
    'node',
    '--target',
    'es2022',
    '--module',
    'nodenext',
  ];
  return node(['node_modules/typescript/bin/tsc', ...options, ...flags, file], { cwd: consumer });
}
