import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from './pack.mjs';
import { installedVersion, node, npm, root } from './run.mjs';
import { ensureServers } from './setup.mjs';

/** Nest binds to the core it finds first, so every version gets a folder of its own, far from our node_modules. */
const CONSUMERS = [
  { nest: '10.0.1', typescript: '5.9.3', reflectMetadata: '0.1.13' },
  { nest: '10.4.22', typescript: '5.9.3' },
  { nest: '11.2.10', typescript: '6.0.3' },
  { nest: '12.5.1', typescript: '7.0.2' },
];
/** The oldest that works, the last of its major version, and ours. */
const IOREDIS = ['5.2.5', '5.11.1', installedVersion('ioredis')];

const folder = await mkdtemp(join(tmpdir(), 'cachewright-consumers-'));
try {
  const tarball = await pack(folder);
  for (const versions of CONSUMERS) await checkWith(versions, tarball);
  const servers = await ensureServers();
  for (const version of IOREDIS) await checkRedis(version, tarball, servers);
} finally {
  await rm(folder, { recursive: true });
}

async function checkWith({ nest, typescript, reflectMetadata }, tarball) {
  const consumer = await folderFor(`nest-${nest}`, {
    '@nestjs/common': nest,
    '@nestjs/core': nest,
    '@types/node': installedVersion('@types/node'),
    cachewright: `file:${tarball}`,
    'reflect-metadata': reflectMetadata ?? installedVersion('reflect-metadata'),
    rxjs: installedVersion('rxjs'),
    typescript,
  });
  await inOrder(`Nest ${nest}, TypeScript ${typescript}`, {
    install: () => install(consumer),
    'as an ES module': () => node(['app.mjs'], { cwd: consumer, limitMs: 60_000 }),
    'as CommonJS': () => node(['app.cjs'], { cwd: consumer, limitMs: 60_000 }),
    'types, experimental decorators': () => typeCheck(consumer, 'legacy.mts', ['--experimentalDecorators']),
    'types, standard decorators': () => typeCheck(consumer, 'standard.mts', []),
  });
}

/** Our own ioredis is the one that the specs run with. */
async function checkRedis(version, tarball, env) {
  const consumer = await folderFor(`ioredis-${version}`, { cachewright: `file:${tarball}`, ioredis: version });
  await inOrder(`ioredis ${version}`, {
    install: () => install(consumer),
    'on a real server': () => node(['redis.mjs'], { cwd: consumer, env, limitMs: 60_000 }),
  });
}

async function folderFor(name, dependencies) {
  const consumer = join(folder, name);
  await mkdir(consumer);
  await cp(join(root, 'scripts', 'consumers'), consumer, { recursive: true });
  await writeFile(join(consumer, 'package.json'), JSON.stringify({ private: true, dependencies }));
  return consumer;
}

function install(cwd) {
  return npm(['install', '--prefer-offline', '--no-audit', '--no-fund'], { cwd });
}

async function inOrder(what, steps) {
  for (const [step, perform] of Object.entries(steps)) {
    const { ok, output } = await perform();
    console.log(`${what}, ${step}: ${ok ? 'ok' : `FAILED\n${output}`}`);
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
