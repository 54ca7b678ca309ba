import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { COMMAND_NAMES } from '#lib/contracts/commands.js';
import { print, root } from './printed.js';
import { DIALECTS, snippetsOf, Written } from './snippets.js';

const PAGES = ['README.md', ...readdirSync(join(root, 'docs')).map((file) => `docs/${file}`)].filter((page) =>
  page.endsWith('.md'),
);
const text = (page: string): string => readFileSync(join(root, page), 'utf8');

describe('pages', function () {
  this.timeout(120_000);

  it('have a README that begins with two programs', () => {
    expect(snippetsOf('README.md', { all: true }).filter(({ prints }) => prints !== undefined)).to.have.length(2);
  });

  for (const [dialect, options] of Object.entries(DIALECTS)) {
    describe(`programs, ${dialect} decorators`, () => {
      // Every block of the README, and those of the other pages that say that they are complete.
      const snippets = PAGES.flatMap((page) => snippetsOf(page, { all: page === 'README.md' }));
      let written: Written;
      before('write them out', () => {
        written = new Written(snippets);
      });
      after(() => written.remove());

      it('compile', () => {
        expect(written.compile(options)).to.deep.equal([]);
      });

      for (const [index, { place, prints }] of snippets.entries()) {
        if (prints === undefined) continue;
        it(`print what ${place} says`, async () => {
          const { code, stdout, stderr } = await print([written.program(index)]);
          expect(stderr).to.equal('');
          expect(stdout).to.equal(prints);
          expect(code).to.equal(0);
        });
      }
    });
  }

  it('link only to what exists', () => {
    const dead = [...PAGES, 'samples/README.md', 'samples/nest-http/README.md'].flatMap((page) =>
      [...text(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map((match) => join(dirname(page), match[1]!))
        .filter((target) => !existsSync(join(root, target)))
        .map((target) => `${page} → ${target}`),
    );
    expect(dead).to.deep.equal([]);
  });

  it('link only to headings that exist', () => {
    const anchors = [...text('README.md').matchAll(/^## (.+)$/gm)].map((match) =>
      match[1]!
        .toLowerCase()
        .replace(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    );
    const linked = [...text('README.md').matchAll(/\]\(#([^)]+)\)/g)].map((match) => match[1]);
    expect(linked).to.not.be.empty;
    expect(anchors).to.include.members(linked);
  });

  it('list every command in the README', () => {
    const listed = [...text('README.md').matchAll(/`(\w+)\([^`]*\)`/g)].map((match) => match[1]);
    expect(listed).to.include.members([...COMMAND_NAMES, 'getOrSet', 'close']);
  });
});
