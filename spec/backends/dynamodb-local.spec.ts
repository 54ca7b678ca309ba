import { setTimeout as sleep } from 'node:timers/promises';
import { createCache } from 'cachewright';
import { backendConformance } from 'cachewright/testing';
import { dynamoDbBackend } from '#lib/backends/dynamodb/dynamodb.js';
import { AMAZON_JAR, DynamoDbServer, optionsOf } from '../support/dynamodb-server.js';

/** The second opinion: stricter than dynalite about expressions and types. */
describe("dynamodb on Amazon's own emulator", function () {
  // A Java program that shares two cores with everything else: it may take its time.
  this.timeout(60_000);
  const server = new DynamoDbServer('amazon');

  before('start it', async function () {
    // There without Java, or where the emulator could not be fetched.
    if (AMAZON_JAR === undefined) return this.skip();
    await server.start();
    // It says its port before it listens.
    const cache = createCache({ ...server.table('warm'), namespace: 'n', timeout: '20s', breaker: false });
    for (let attempt = 0; attempt < 100; attempt++) {
      if (
        await cache.set('k', 1).then(
          () => true,
          () => false,
        )
      )
        break;
      await sleep(100);
    }
    await cache.close();
  });
  after('stop it', () => server.dispose());

  backendConformance('backend', {
    create: (context) => dynamoDbBackend(optionsOf(server.table('conformance')), context),
    exclusive: true,
  });
});
