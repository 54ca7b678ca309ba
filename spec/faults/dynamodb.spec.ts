import { expect } from 'chai';
import { createCache } from 'cachewright';
import { failureOf } from '../support/backend-calls.js';
import { DynamoDbServer } from '../support/dynamodb-server.js';
import { eventually } from '../support/eventually.js';
import { forbidUnhandledRejections } from '../support/process-watch.js';

const LATENESS_MS = 100;

describe('dynamodb that fails', () => {
  const server = new DynamoDbServer();
  before(() => server.start());
  after(() => server.dispose());
  forbidUnhandledRejections();

  it('costs a load its budget while it hangs, and nothing once the breaker is open', async () => {
    const cache = createCache({ ...server.table('faults'), namespace: 'n', budget: '60ms', timeout: '100ms' });
    await cache.set('k', 1, { timeout: '5s' });
    server.freeze();
    for (let call = 0; call < 8; call++) {
      const startedAt = performance.now();
      expect(await cache.getOrSet(`cold-${call}`, () => call)).to.equal(call);
      const most = call < 5 ? 2 * 60 + LATENESS_MS : LATENESS_MS;
      expect(performance.now() - startedAt, `call ${call}`).to.be.lessThan(most);
    }
    server.thaw();
    await eventually(async () => expect(await cache.get('k')).to.equal(1));
    await cache.close();
  });

  it('is unavailable at once when it is gone, and heals when it is back', async () => {
    const cache = createCache({ ...server.table('faults'), namespace: 'n', breaker: false });
    await cache.set('k', 1);
    await server.kill();
    await eventually(async () => {
      const error = await failureOf(() => cache.get('k'), 'ERR_CACHE_BACKEND_UNAVAILABLE');
      expect(error.message).to.include('ECONNREFUSED');
    });
    expect(await cache.getOrSet('k', () => 2)).to.equal(2);
    await server.start();
    // Its tables are gone with it: the next cache makes a new one.
    await cache.close();
    const next = createCache({ ...server.table('faults'), namespace: 'n' });
    await next.set('k', 3);
    expect(await next.get('k')).to.equal(3);
    await next.close();
  });
});
