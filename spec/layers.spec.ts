import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const root = dirname(createRequire(import.meta.url).resolve('cachewright/package.json'));

interface Manifest {
  readonly dependencies?: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional?: boolean }>;
}

async function sourcesOf(folder: string): Promise<{ path: string; text: string }[]> {
  const files = await readdir(join(root, folder), { recursive: true });
  const sources = files.filter((file) => file.endsWith('.ts')).map((file) => join(folder, file));
  return Promise.all(sources.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })));
}

describe('layers', () => {
  describe('files', () => {
    it('are short', async () => {
      const sizes = (await sourcesOf('lib')).map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }));
      expect(sizes.filter(({ lines }) => lines > 300)).to.deep.equal([]);
      const long = sizes.filter(({ lines }) => lines > 180);
      expect(long.length, long.map(({ path }) => path).join(', ')).to.be.at.most(sizes.length / 10);
      const median = sizes.map(({ lines }) => lines).sort((a, b) => a - b)[sizes.length >> 1];
      expect(median).to.be.at.most(80);
    });
  });

  describe('packages', () => {
    it('are optional peers, every one', async () => {
      const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
      expect(manifest.dependencies ?? {}).to.deep.equal({});
      const imported = (await sourcesOf('lib')).flatMap(({ text }) => packagesIn(text));
      // A peer of @nestjs/common itself: who has the one has the other.
      const unknown = imported.filter((name) => !(name in manifest.peerDependencies) && name !== 'rxjs');
      expect(unknown).to.deep.equal([]);
      for (const name of Object.keys(manifest.peerDependencies)) {
        expect(manifest.peerDependenciesMeta[name], name).to.deep.equal({ optional: true });
      }
    });

    for (const entry of ['cachewright', 'cachewright/testing']) {
      it(`are not loaded by ${entry}`, async () => {
        expect(await packagesLoadedBy(entry)).to.deep.equal([]);
      });
    }

    it('are seen when they are loaded', async () => {
      expect(await packagesLoadedBy('cachewright/nest')).to.include('@nestjs/common');
    });
  });

  describe('rules', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'cachewright-layers-'));
    });

    afterEach(() => rm(folder, { recursive: true }));

    const cases: [rule: string, files: Record<string, string>][] = [
      [
        'loading-knows-nothing-above',
        { 'loading/load.ts': `import '../cache/face.js';`, 'cache/face.ts': `export {};` },
      ],
      [
        'contracts-knows-nothing-above',
        { 'contracts/key.ts': `import type { K } from '../nest/k.js';`, 'nest/k.ts': `export type K = 1;` },
      ],
      [
        'serializers-backends-plugins-do-not-know-each-other',
        { 'plugins/a.ts': `import '../serializers/b.js';`, 'serializers/b.ts': `export {};` },
      ],
      ['bus-knows-nothing-above', { 'bus/a.ts': `import '../command/b.js';`, 'command/b.ts': `export {};` }],
      [
        'backends-do-not-know-each-other',
        { 'backends/redis/a.ts': `import '../memory/b.js';`, 'backends/memory/b.ts': `export {};` },
      ],
      ['testing-is-a-leaf', { 'util/a.ts': `import '../testing/b.js';`, 'testing/b.ts': `export {};` }],
      ['only-nest-knows-nest', { 'decorators/a.ts': `import '@nestjs/common';` }],
      [
        'ioredis-stays-in-its-backend',
        { 'loading/a.ts': `import type { Redis } from 'ioredis';\nexport type R = Redis;` },
      ],
      ['vendors-are-loaded-on-first-use', { 'backends/redis/a.ts': `import 'ioredis';` }],
      ['no-other-packages', { 'util/a.ts': `import 'left-pad';` }],
      ['no-cycles', { 'util/a.ts': `import './b.js';`, 'util/b.ts': `import './a.js';` }],
      ['errors-know-only-util', { 'errors.ts': `import './contracts/a.js';`, 'contracts/a.ts': `export {};` }],
    ];

    for (const [rule, files] of cases) {
      it(`find a breach of ${rule}`, async () => {
        expect(await breaches(folder, files)).to.include(rule);
      });
    }

    it('let pass what is allowed', async () => {
      const files = {
        'errors.ts': `export {};`,
        'backends/redis/a.ts': `import type { Redis } from 'ioredis';\nimport '../../errors.js';\nexport type R = Redis;`,
        'bus/e.ts': `import '../backends/redis/a.js';`,
        'registry/b.ts': `import '../backends/redis/a.js';\nimport '../bus/e.js';`,
        'contracts/c.ts': `import type { D } from './d.js';\nexport type C = D;`,
        'contracts/d.ts': `import type { C } from './c.js';\nexport type D = C | 1;`,
      };
      expect(await breaches(folder, files)).to.deep.equal([]);
    });
  });
});

function packagesIn(source: string): string[] {
  const specifiers = [...source.matchAll(/(?<!')(?:from|import|import\(|loadPeer(?:<.*>)?\()\s*'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  return specifiers
    .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
    .map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
}

/** The packages, ours aside, whose modules a fresh process loads when it imports `entry`. */
async function packagesLoadedBy(entry: string): Promise<string[]> {
  // Written at once: what a thread of hooks leaves to its console may be lost when the process ends.
  const hooks = [
    `import { writeSync } from 'node:fs';`,
    `export async function load(url, context, next) { writeSync(1, url + '\\n'); return next(url, context); }`,
  ].join('\n');
  const script = [
    `import { createRequire, register } from 'node:module';`,
    `register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hooks)}));`,
    `await import(${JSON.stringify(entry)});`,
    `for (const file of Object.keys(createRequire(import.meta.url).cache)) console.log(file);`,
  ].join('\n');
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: root });
  const names = [...stdout.matchAll(/node_modules\/((?:@[^/\s]+\/)?[^/\s]+)/g)].map((match) => match[1] ?? '');
  return [...new Set(names)];
}

/** The names of the rules that a tree of these files under `lib` would break. */
async function breaches(folder: string, files: Record<string, string>): Promise<string[]> {
  const packages = ['ioredis', '@nestjs/common', 'left-pad'];
  const tree = [
    ...Object.entries(files).map(([path, text]) => [join('lib', path), text] as const),
    ...packages.map(
      (name) => [join('node_modules', name, 'package.json'), `{"name":"${name}","main":"i.js"}`] as const,
    ),
    ...packages.map((name) => [join('node_modules', name, 'i.js'), ''] as const),
    [
      'package.json',
      `{"type":"module","peerDependencies":{"ioredis":"*","@nestjs/common":"*","left-pad":"*"}}`,
    ] as const,
  ];
  for (const [path, text] of tree) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const { cruise } = await import('dependency-cruiser');
  const rules = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as {
    forbidden: [];
    options: object;
  };
  const { output } = await cruise(['lib'], {
    ...rules.options,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden: rules.forbidden },
  });
  if (typeof output === 'string') throw new Error(output);
  return output.summary.violations.map((violation) => violation.rule.name);
}
