import { expect } from 'chai';
import { freePort } from '../support/free-port.js';
import { useRedis } from '../support/redis-server.js';
import { expected, print, settled } from './printed.js';

/** With no cache, those of the herd who come after a load start another: a few, on a busy machine, and never hundreds. */
function withoutLateComers(text: string): string {
  return text.replace(/(1,000  )\d{1,2} scans?/, '$1# scans').replace(/(was called )\d{1,2}( times)/, '$1#$2');
}

const MOCHA = 'node_modules/mocha/bin/mocha.js';

describe('samples', function () {
  // They are whole programs, and the machine may be busy.
  this.timeout(60_000);

  for (const sample of ['plain-typescript', 'plugin-and-serializer', 'configuration', 'resilience', 'monitoring']) {
    it(`${sample} prints what it should`, async () => {
      const { code, stdout, stderr } = await print([`build/samples/${sample}/main.js`]);
      expect(stderr).to.equal('');
      expect(stdout).to.equal(expected(sample));
      expect(code).to.equal(0);
    });
  }

  describe('sqlite-backend', () => {
    let program: { code: number | null; stdout: string; stderr: string };
    before('run it, unless there is no SQLite here', async function () {
      program = await print(['build/samples/sqlite-backend/main.js']);
      if (program.stderr.includes('better-sqlite3')) this.skip();
    });

    it('passes the conformance suite', async () => {
      const args = ['--no-config', '--reporter', 'dot', '--no-color'];
      const { code, stdout } = await print([MOCHA, ...args, 'build/samples/sqlite-backend/sqlite-backend.spec.js']);
      expect(stdout)
        .to.match(/\d\d passing/)
        .and.not.match(/failing|pending/);
      expect(code).to.equal(0);
    });

    it('prints what it should', () => {
      expect(program.stdout).to.equal(expected('sqlite-backend'));
      expect(program.code).to.equal(0);
    });
  });

  it('testing passes under mocha', async () => {
    const args = ['--no-config', '--reporter', 'spec', '--no-color', 'build/samples/testing/forecasts.spec.js'];
    const { code, stdout } = await print([MOCHA, ...args]);
    expect(settled(stdout.replace(/ \(\d+ms\)/g, ''))).to.equal(expected('testing'));
    expect(code).to.equal(0);
  });

  describe('nest-http', () => {
    const redis = useRedis();
    const tour = (...args: string[]) => print(['build/samples/nest-http/main.js', ...args]);

    it('shows its tour over memory, and ends', async () => {
      const { code, stdout, stderr } = await tour();
      expect(stderr).to.equal('');
      expect(settled(stdout)).to.equal(expected('nest-http'));
      expect(code).to.equal(0);
    });

    it('shows the same tour over Redis, whatever an earlier one left there', async () => {
      const client = redis.client();
      await client.set('cachewright-demo:searches:search:zuri', '[{"name":"an old name"}]');
      const { code, stdout, stderr } = await tour('--redis', redis.url);
      expect(stderr).to.equal('');
      expect(settled(stdout)).to.equal(expected('nest-http').replace('memory', 'Redis at 127.0.0.1:#'));
      expect(code).to.equal(0);
      expect(await client.ttl('cachewright-demo:searches:search:zuri')).to.be.within(1, 600);
    });

    describe('over three tiers', () => {
      const far = useRedis();

      it('shows the same tour, with copies in the first Redis and the entries in the other', async () => {
        const { code, stdout, stderr } = await tour('--redis', redis.url, '--far', far.url);
        expect(stderr).to.equal('');
        const stores = 'memory, then Redis at 127.0.0.1:#, then Redis at 127.0.0.1:#';
        expect(settled(stdout)).to.equal(expected('nest-http').replace('memory', stores));
        expect(code).to.equal(0);
        const key = 'cachewright-demo:searches:search:zuri';
        expect(await far.client().ttl(key)).to.be.within(301, 600);
        expect(await redis.client().ttl(key)).to.be.within(1, 300);
      });
    });

    it('answers every request while Redis is unreachable, and does not show the password', async () => {
      const { code, stdout, stderr } = await tour('--redis', `redis://app:s3cret@127.0.0.1:${await freePort()}`);
      expect(stderr).to.equal('');
      expect(withoutLateComers(settled(stdout))).to.equal(expected('nest-http-without-redis'));
      expect(stdout).to.not.include('s3cret');
      expect(code).to.equal(0);
    });

    it('says what is wrong with the command line, and how it should be', async () => {
      const wrongUrl = await tour('--redis', 'http://127.0.0.1:6379');
      expect(wrongUrl.stderr).to.match(/^caches\.default\.url is no Redis URL/);
      const wrongOption = await tour('--rediss');
      expect(wrongOption.stderr).to.match(/^Unknown option '--rediss'/);
      const nothingNear = await tour('--far', redis.url);
      expect(nothingNear.stderr).to.match(/^--far needs --redis/);
      for (const { code, stdout, stderr } of [wrongUrl, wrongOption, nothingNear]) {
        expect(stderr).to.include('npm run demo').and.not.include('at ');
        expect(stdout).to.equal('');
        expect(code).to.equal(1);
      }
    });
  });
});
