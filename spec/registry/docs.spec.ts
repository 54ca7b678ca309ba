import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createCache, createRegistry } from 'cachewright';
import { PLUGIN_NAMES } from '#lib/plugins/by-name.js';
import { BACKENDS } from '#lib/registry/backends.js';
import { COMMON_NAMES } from '#lib/registry/common-options.js';
import { SERIALIZER_NAMES } from '#lib/serializers/by-name.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/configuration.md'), 'utf8');

/** The part of the page under a heading of the second level. */
function section(heading: string): string {
  const found = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (found === undefined) throw new Error(`no section ${heading}`);
  return found;
}

/** First cells of the table rows that name one option. */
function rows(text: string): string[] {
  return [...text.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]!);
}

describe('docs/configuration.md', () => {
  it('has a row for every option of every cache, and no other', () => {
    const [common, breaker] = section('Options of every cache').split(/^### /m);
    expect(rows(common!)).to.have.members(['backend', ...COMMON_NAMES]);
    expect(rows(breaker!)).to.have.members(['after', 'retry', 'maxRetry']);
  });

  for (const [name, { options, schemes }] of BACKENDS) {
    it(`has a row for every option of ${name}, and no other, and its URLs`, () => {
      const text = section(`\`${name}\``);
      expect(rows(text)).to.have.members(Object.keys(options));
      for (const scheme of schemes) expect(text).to.include(`${scheme}://`);
    });
  }

  it('has a row for every option of the registry, and no other', () => {
    expect(rows(section('Options of the registry'))).to.have.members(['namespace', 'clock', 'dataClasses']);
  });

  it('names every serializer and plugin', () => {
    for (const name of [...SERIALIZER_NAMES, ...PLUGIN_NAMES]) expect(page).to.include(`\`'${name}'\``);
  });

  it('quotes what is said when it is wrong', () => {
    const [quoted] = section('When it is wrong').match(/(?<=^```\n)[^]+(?=^```)/m)!;
    const wrong: unknown[] = [
      { sessions: { backend: 'redis', tll: '5m' }, default: 'memory://' },
      { sessions: { backend: 'redis', ttl: '5 minutes' }, default: 'memory://' },
      { sessions: 'memory://' },
    ];
    const said = [
      ...wrong.map((caches) => saidBy(() => createRegistry(caches as never))),
      saidBy(() => createCache('redis://127.0.0.1/shop')),
    ];
    const lines = quoted.trimEnd().split('\n');
    expect(lines).to.have.lengthOf(said.length);
    for (const [index, line] of lines.entries()) expect(said[index]).to.match(asQuoted(line));
  });
});

function saidBy(configure: () => unknown): string {
  try {
    configure();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing is wrong with it');
}

/** An ellipsis stands for the rest of a list. */
function asQuoted(line: string): RegExp {
  const literal = line.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replace('…', '.*')}$`);
}
