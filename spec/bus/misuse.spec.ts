import { expect } from 'chai';
import { ConfigError, localBus, redisBus, type Bus, type BusMessage } from 'cachewright';
import { caught } from '../support/caught.js';

const NO_MESSAGES: readonly unknown[] = [
  undefined,
  null,
  'k',
  {},
  { kind: 'key', keys: ['k'] },
  { kind: 'keys' },
  { kind: 'keys', keys: 'k' },
  { kind: 'keys', keys: ['k', 1] },
  { kind: 'prefix' },
  { kind: 'tags', tags: ['t'] },
  { kind: 'tags', prefix: 'p', tags: new Set(['t']) },
];
const KINDS: Readonly<Record<string, () => Bus>> = {
  local: localBus,
  // Nothing listens there: what is refused is refused before anything is sent.
  redis: () => redisBus({ url: 'redis://127.0.0.1:1' }),
};

describe('misuse of a bus', () => {
  for (const [name, make] of Object.entries(KINDS)) {
    describe(name, () => {
      let bus: Bus;
      beforeEach(() => (bus = make()));
      afterEach(() => bus.close());

      it('tells nobody what is no message', async () => {
        const told: BusMessage[] = [];
        const listener = { received: (message: BusMessage) => void told.push(message), deaf() {}, listening() {} };
        bus.join(listener);
        for (const message of NO_MESSAGES) {
          const error = await caught(bus.publish(message as BusMessage, { ...listener }));
          expect(error, JSON.stringify(message)).to.be.instanceOf(ConfigError);
        }
        expect(told).to.deep.equal([]);
        expect(bus.pending).to.equal(0);
      });

      it('refuses a listener that cannot be told', () => {
        for (const listener of [undefined, null, {}, { received() {}, deaf() {} }]) {
          expect(() => bus.join(listener as never)).to.throw(ConfigError, /^join: the listener lacks .*listening\(\)/);
        }
      });
    });
  }

  it('refuses options of a bus on redis that are none', () => {
    for (const options of [undefined, null, 5, 'redis://127.0.0.1']) {
      expect(() => redisBus(options as never), String(options)).to.throw(ConfigError, /^redisBus: options must be/);
    }
  });

  it('refuses what names no cache, instead of announcing nothing', async () => {
    const options = { url: 'redis://127.0.0.1:1', tracking: true };
    for (const of of [null, 5, 'shop', {}, { cache: 'shop' }, { cache: 5, prefix: '' }, { cache: 'shop', prfix: 's:' }])
      expect(() => redisBus(options, of as never), JSON.stringify(of)).to.throw(ConfigError, /^redisBus: the second/);
    await redisBus(options, { cache: 'shop', prefix: 'shop:' }).close();
  });
});
