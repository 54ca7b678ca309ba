import { expect } from 'chai';
import sinon from 'sinon';
import { Deadlines } from '#lib/util/deadline.js';

describe('deadlines', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers()));
  afterEach(() => sinon.restore());

  // The turn for I/O before a deadline expires takes a millisecond on the fake clock.
  it('expire in order, each after its own time, on one timer per duration', async () => {
    const deadlines = new Deadlines([100, undefined, 250]);
    const log: string[] = [];
    const start = (name: string, ms: number): { cancel(): void } =>
      deadlines.start(ms, { expire: () => log.push(`${name}@${clock.now}`) });
    start('a', 100);
    await clock.tickAsync(30);
    start('b', 100);
    start('odd', 20);
    const cancelled = start('cancelled', 100);
    start('long', 250);
    await clock.tickAsync(20);
    cancelled.cancel();
    cancelled.cancel();
    // One for each of the three durations: what `odd` expired on is its turn for I/O.
    expect(clock.countTimers()).to.equal(3);
    await clock.tickAsync(500);
    expect(log).to.deep.equal(['odd@51', 'a@101', 'b@131', 'long@281']);
    expect(clock.countTimers()).to.equal(0);
  });

  it('may cancel and start others when they expire', async () => {
    const deadlines = new Deadlines([10]);
    const log: number[] = [];
    const again = (): void => {
      log.push(clock.now);
      if (log.length < 3) deadlines.start(10, { expire: again });
      other.cancel();
    };
    const other = deadlines.start(10, { expire: () => log.push(-1) });
    other.cancel();
    deadlines.start(10, { expire: again });
    await clock.tickAsync(100);
    expect(log).to.deep.equal([11, 22, 33]);
  });

  it('tell a stalled event loop from a slow answer', () => {
    clock.restore();
    const late: boolean[] = [];
    const deadlines = new Deadlines([]);
    const done = new Promise<void>((resolve) => {
      deadlines.start(5, { expire: (stalled) => (late.push(stalled), resolve()) });
    });
    for (const until = performance.now() + 120; performance.now() < until;);
    return done.then(() => expect(late).to.deep.equal([true]));
  });

  it('give an answer that has already arrived one more turn', async () => {
    clock.restore();
    const { createServer, connect } = await import('node:net');
    const server = createServer((socket) => socket.on('data', () => socket.write('reply'))).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const events: string[] = [];
    const deadline = new Deadlines([]).start(30, { expire: () => events.push('expired') });
    socket.once('data', () => {
      events.push('reply');
      deadline.cancel();
    });
    socket.write('question');
    // The reply has to be in our socket's buffer before the loop is blocked, or the server, which is us, cannot answer.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    for (const until = performance.now() + 100; performance.now() < until;);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(events).to.deep.equal(['reply']);
    socket.destroy();
    server.close();
  });

  it('do not hold the process open when nobody waits', async () => {
    clock.restore();
    const deadlines = new Deadlines([60_000]);
    deadlines.start(60_000, { expire: () => undefined }).cancel();
    const timers = process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout');
    const held = deadlines.start(60_000, { expire: () => undefined });
    expect(process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout')).to.have.length(
      timers.length + 1,
    );
    held.cancel();
    expect(process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout')).to.have.length(timers.length);
  });
});
