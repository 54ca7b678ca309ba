import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import type { RedisClient } from '#lib/backends/redis/client.js';
import { Subscriber } from '#lib/backends/redis/subscriber.js';
import type { Dial } from '#lib/util/reconnecting.js';
import { deferred } from '../support/deferred.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

/** A connection that answers when the spec says so. */
class Line {
  readonly answers: ReturnType<typeof deferred<unknown>>[] = [];
  readonly #ended = deferred<unknown>();

  readonly dial: Dial<RedisClient> = {
    ready: Promise.resolve({
      on: () => undefined,
      call: () => {
        const answer = deferred<unknown>();
        this.answers.push(answer);
        return answer.promise;
      },
    } as unknown as RedisClient),
    ended: this.#ended.promise,
    end: async (reason) => {
      for (const answer of this.answers) answer.reject(new Error('Connection is closed.'));
      this.#ended.resolve(reason);
    },
  };
}

describe('redis backend: the connection that listens', () => {
  forbidUnhandledRejections();
  let clock: sinon.SinonFakeTimers;
  let lines: Line[];
  let subscriber: Subscriber;

  beforeEach(() => {
    clock = sinon.useFakeTimers({
      toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    });
    lines = [];
    subscriber = new Subscriber(() => {
      const line = new Line();
      lines.push(line);
      return line.dial;
    });
  });
  afterEach(async () => {
    await subscriber.close();
    clock.restore();
  });

  it('is given up, and opened anew, when it is asked and says nothing', async () => {
    let woken = 0;
    const listening = subscriber.listen('first', () => (woken += 1));
    await clock.tickAsync(0);
    lines[0]!.answers[0]!.resolve(undefined);
    await listening;
    const lost = subscriber.listen('second', () => undefined).catch((error: unknown) => error);
    await clock.tickAsync(10_000);
    await turn();
    expect(await lost).to.be.an('error');
    expect(woken).to.equal(1);
    const again = subscriber.listen('second', () => undefined);
    await clock.tickAsync(0);
    expect(lines).to.have.length(2);
    lines[1]!.answers[0]!.resolve(undefined);
    await again;
  });

  it('is kept when nothing was asked', async () => {
    const listening = subscriber.listen('first', () => undefined);
    await clock.tickAsync(0);
    lines[0]!.answers[0]!.resolve(undefined);
    await listening;
    await clock.tickAsync(120_000);
    await Promise.race([lines[0]!.dial.ended.then(() => expect.fail('it was given up')), Promise.resolve()]);
  });
});
