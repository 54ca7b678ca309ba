import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache, defineBackend } from 'cachewright';
import { openDatabase } from './database.js';
import { SqliteBackend } from './sqlite-backend.js';

const file = join(tmpdir(), `cachewright-sample-${process.pid}.db`);
const sqlite = defineBackend('sqlite', () => new SqliteBackend(openDatabase(file)));

const load = async (): Promise<string> => {
  console.log('looking up the capital');
  return 'Bern';
};

console.log('a first program');
const first = createCache({ backend: sqlite, namespace: 'capitals', ttl: '1h' });
console.log(await first.getOrSet('CH', load));
console.log(await first.increment('visits'));
await first.close();

console.log('a later one, with the same file');
const later = createCache({ backend: sqlite, namespace: 'capitals', ttl: '1h' });
console.log(await later.getOrSet('CH', load));
console.log(await later.increment('visits'));
console.log(await later.raw('SELECT count(*) AS entries FROM cache'));
await later.clear();
console.log(await later.get('CH'));
await later.close();
rmSync(file);
