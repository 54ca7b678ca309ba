const assert = require('node:assert/strict');

/** Boots a Nest application around one cached method. Plain JavaScript: decorators are called by hand. */
module.exports = async function boot({ Injectable, Module, NestFactory, Cached, CacheModule }) {
  let runs = 0;
  class Reports {
    async yearly(year) {
      runs += 1;
      return { year, total: 42 };
    }
  }
  Injectable()(Reports);
  const method = Object.getOwnPropertyDescriptor(Reports.prototype, 'yearly');
  const cached = Cached({ ttl: '1m' })(Reports.prototype, 'yearly', method);
  Object.defineProperty(Reports.prototype, 'yearly', cached ?? method);

  class AppModule {}
  const imports = [CacheModule.forRoot({ caches: { default: { backend: 'memory' } } })];
  Module({ imports, providers: [Reports] })(AppModule);

  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['warn', 'error'] });
  const reports = app.get(Reports);
  assert.deepEqual(await reports.yearly(2026), { year: 2026, total: 42 });
  assert.deepEqual(await reports.yearly(2026), { year: 2026, total: 42 });
  assert.equal(runs, 1, 'the second call is a hit');
  await app.close();
};
