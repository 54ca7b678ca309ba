import { readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Backend } from 'cachewright';
import { BACKENDS } from '#lib/registry/backends.js';
import { systemClock } from '#lib/util/clock.js';

const PAGE = new URL('../../../docs/backends.md', import.meta.url);
const TABLE = /(<!-- table:start -->)[\s\S]*?(<!-- table:end -->)/;

const size = (bytes: number | undefined): string => {
  if (bytes === undefined) return 'no limit';
  return bytes % 1_024 === 0 ? `${(bytes / 1_024).toLocaleString('en')} KiB` : `${bytes} bytes`;
};

/** One row for what a backend says of itself. */
const ROWS: Readonly<Record<string, (backend: Backend) => string>> = {
  holds: ({ capabilities: { wire } }) =>
    ({ reference: 'objects as they are', bytes: 'text and bytes', text: 'text' })[wire],
  'out-reaches the process': ({ capabilities: { shared } }) => (shared ? 'yes' : 'no'),
  'lifetimes to': ({ capabilities: { ttlResolutionMs } }) =>
    ttlResolutionMs === 1 ? '1 ms' : `${ttlResolutionMs / 1_000} s`,
  'longest key': ({ capabilities: { maxKeyBytes, clears } }) =>
    maxKeyBytes === undefined && clears === 'namespace' ? 'no limit (long ones are hashed)' : size(maxKeyBytes),
  'largest value': ({ capabilities: { maxValueBytes } }) => size(maxValueBytes),
  '`clear`': ({ capabilities: { clears } }) =>
    clears === 'namespace' ? 'whole namespaces, in one write' : 'any prefix, key by key',
  '`withLock`': ({ locks }) => (locks === undefined ? 'no' : 'yes'),
  'those who wait for a lock': ({ locks }) => (locks?.watch === undefined ? 'ask again' : 'are woken'),
  'what one process loads is not stored after an invalidation by another': ({ capabilities: { shared }, fences }) =>
    shared ? (fences === undefined ? 'for tags' : 'for keys and tags') : 'nobody shares it',
  '`optimistic`': ({ versions }) => (versions === undefined ? 'no' : 'yes'),
};

describe('docs/backends.md', () => {
  it('says what the backends say of themselves (UPDATE_DOCS=1 rewrites its table)', async () => {
    const backends = [...BACKENDS].map(([name, { create }]) =>
      create(name === 'dynamodb' ? { table: 'carts' } : {}, { cache: 'page', clock: systemClock }),
    );
    const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
    const table = [
      line(['', ...[...BACKENDS.keys()].map((name) => `\`${name}\``)]),
      line(['---', ...backends.map(() => '---')]),
      ...Object.entries(ROWS).map(([label, cell]) => line([label, ...backends.map(cell)])),
    ].join('\n');
    const page = readFileSync(PAGE, 'utf8');
    const current = page.replace(TABLE, (_, start: string, end: string) => `${start}\n\n${table}\n\n${end}`);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, current);
    else expect(page).to.equal(current);
    for (const backend of backends) await backend.close();
  });
});
