import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { FaultProxy } from '../support/fault-proxy.js';
import { freePort } from '../support/free-port.js';
import { RedisServer, useRedis } from '../support/redis-server.js';
import type { CloseReport, CloseScenario } from './redis-close-child.js';

const CHILD = fileURLToPath(new URL('redis-close-child.js', import.meta.url));
const run = promisify(execFile);

describe('redis backend: close', () => {
  const server = useRedis();
  let proxy: FaultProxy;

  beforeEach(async () => {
    proxy = await FaultProxy.start(() => server.port);
  });
  afterEach(() => proxy.stop());

  /** Runs a program that closes its backend and has to end by itself: it is killed, which fails, after 5 s. */
  async function closeIn(scenario: CloseScenario, url: string): Promise<CloseReport> {
    const { stdout, stderr } = await run(process.execPath, [CHILD, scenario, url], {
      timeout: 5_000,
      killSignal: 'SIGKILL',
    });
    expect(stderr).to.equal('');
    const report = JSON.parse(stdout) as CloseReport;
    expect(report.leftOver).to.deep.equal([]);
    expect(report.closeMs).to.be.below(500);
    return report;
  }

  it('leaves nothing behind when nothing was opened', async () => {
    await closeIn('unused', server.url);
  });

  it('leaves nothing behind when the server is up, and drops what is on its way', async () => {
    expect((await closeIn('ready', server.url)).outcomes).to.deep.equal(['v', 'ERR_CACHE_CLOSED']);
    expect((await closeIn('hanging', server.url)).outcomes).to.deep.equal(['ERR_CACHE_BACKEND']);
  });

  it('leaves nothing behind when the server is dead', async () => {
    const url = `redis://127.0.0.1:${await freePort()}`;
    expect((await closeIn('failed', url)).outcomes).to.deep.equal(['ERR_CACHE_BACKEND_UNAVAILABLE']);
  });

  it('leaves nothing behind in the middle of a handshake', async () => {
    proxy.fault = { kind: 'blackhole-after-connect' };
    expect((await closeIn('dialling', proxy.url)).outcomes).to.deep.equal(['ERR_CACHE_CLOSED']);
    expect((await closeIn('dialling', proxy.url.replace('redis:', 'rediss:'))).outcomes).to.deep.equal([
      'ERR_CACHE_CLOSED',
    ]);
  });

  it('leaves nothing behind right after dialling', async () => {
    expect((await closeIn('dialled', server.url)).outcomes).to.deep.equal(['ERR_CACHE_CLOSED']);
  });

  it('leaves nothing behind when the server is frozen', async () => {
    const frozen = new RedisServer();
    await frozen.start();
    frozen.freeze();
    try {
      expect((await closeIn('dialling', frozen.url)).outcomes).to.deep.equal(['ERR_CACHE_CLOSED']);
    } finally {
      await frozen.dispose();
    }
  });

  it('leaves a given client as it is', async () => {
    expect((await closeIn('given', server.url)).outcomes).to.deep.equal(['v', 'PONG']);
  });

  it('does not keep a process alive that never closes and whose server is dead', async () => {
    const { stdout } = await run(process.execPath, [CHILD, 'forgotten', `redis://127.0.0.1:${await freePort()}`], {
      timeout: 5_000,
    });
    expect((JSON.parse(stdout) as CloseReport).outcomes).to.deep.equal(['ERR_CACHE_BACKEND_UNAVAILABLE']);
  });
});
