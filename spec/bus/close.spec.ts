import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { redisBus } from '#lib/bus/redis-bus.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { freePort } from '../support/free-port.js';
import { useRedis } from '../support/redis-server.js';
import type { CloseScenario } from './close-child.js';
import { listener } from './recorder.js';

const CHILD = fileURLToPath(new URL('close-child.js', import.meta.url));
const run = promisify(execFile);

describe('redis bus: close', () => {
  const server = useRedis();

  /** Runs a program that has to end by itself: it is killed, which fails, after 5 s. */
  async function closeIn(scenario: CloseScenario, url: string): Promise<{ leftOver: string[] }> {
    const { stdout, stderr } = await run(process.execPath, [CHILD, scenario, url], {
      timeout: 9_000,
      killSignal: 'SIGKILL',
    });
    expect(stderr).to.equal('');
    return JSON.parse(stdout) as { leftOver: string[] };
  }

  it('leaves nothing behind when nothing was opened', async () => {
    expect((await closeIn('unused', server.url)).leftOver).to.deep.equal([]);
  });

  it('leaves nothing behind when it listens, and what another process said last has arrived', async () => {
    const bus = redisBus({ url: server.url });
    const heard = await listener(bus);
    expect((await closeIn('listening', server.url)).leftOver).to.deep.equal([]);
    await heard.until('the last words', () => heard.keys.includes('last words'));
    await bus.close();
  });

  it('leaves nothing behind when the server is dead, or is being dialled', async () => {
    expect((await closeIn('down', `redis://127.0.0.1:${await freePort()}`)).leftOver).to.deep.equal([]);
    const proxy = await FaultProxy.start(() => server.port);
    proxy.fault = { kind: 'blackhole-after-connect' };
    try {
      expect((await closeIn('dialling', proxy.url)).leftOver).to.deep.equal([]);
    } finally {
      await proxy.stop();
    }
  });

  it('does not keep a process alive that never closes and whose server is dead', async () => {
    await closeIn('forgotten', `redis://127.0.0.1:${await freePort()}`);
  });
});
