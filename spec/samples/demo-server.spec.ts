import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { root } from './printed.js';

describe('samples: nest-http --serve', function () {
  this.timeout(60_000);
  let server: ChildProcess;
  let shown = '';

  before('start the application', async () => {
    server = spawn(process.execPath, ['build/samples/nest-http/main.js', '--serve'], { cwd: root });
    for await (const chunk of server.stdout!.setEncoding('utf8')) {
      shown += String(chunk);
      if (shown.includes('Ctrl+C')) return;
    }
    throw new Error('it ended without serving');
  });
  after(() => server.kill('SIGKILL'));

  it('answers the requests it proposes', async () => {
    const urls = [...shown.matchAll(/curl '([^']+)'/g)].map((match) => match[1]!);
    expect(urls).to.have.length(4);
    const answers = await Promise.all(urls.map(async (url) => (await fetch(url)).json()));
    expect(answers[0]).to.have.nested.property('[0].name', 'Zürich');
    expect(answers[1]).to.have.nested.property('[0].country', 'CH');
    expect(answers[2]).to.have.length(3);
    expect(answers[3]).to.have.keys('places', 'searches');
  });

  it('refuses what it cannot answer', async () => {
    const base = /http:\/\/[\d.:]+/.exec(shown)![0];
    for (const path of ['/search', '/places', '/places?ids=1,x', '/nearest?lat=x&lon=1']) {
      expect((await fetch(base + path)).status, path).to.equal(400);
    }
    const rename = (body: string): Promise<Response> =>
      fetch(`${base}/places/1`, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body });
    expect((await rename('{}')).status).to.equal(400);
    expect((await rename('{"name":"x"}')).status).to.equal(404);
  });

  it('ends when it is interrupted', async () => {
    const ended = once(server, 'exit');
    server.kill('SIGINT');
    expect(await ended).to.deep.equal([null, 'SIGINT']);
  });
});
