/** A program of its own for the close spec: brings a bus into some state, closes it, and must end by itself. */
import { setTimeout as sleep } from 'node:timers/promises';
import { redisBus } from '#lib/bus/redis-bus.js';
import { Recorder } from './recorder.js';

export type CloseScenario = 'unused' | 'listening' | 'down' | 'dialling' | 'forgotten';

const [scenario, url] = process.argv.slice(2) as [CloseScenario, string];
const bus = redisBus({ url, connectTimeout: '30s' });
const recorder = new Recorder();

if (scenario !== 'unused') {
  bus.join(recorder);
  const published = bus.publish({ kind: 'keys', keys: ['k'] }, recorder);
  if (scenario !== 'dialling') await published;
  if (scenario === 'listening') {
    await bus.connect!();
    void bus.publish({ kind: 'keys', keys: ['last words'] }, recorder);
  } else await sleep(50);
}
if (scenario !== 'forgotten') await Promise.all([bus.close(), bus.close()]);
const open = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name));
// The system may take a moment to let go of a socket.
for (let looks = 0; looks < 60 && scenario !== 'forgotten' && open().length > 0; looks++) await sleep(50);
const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout');
process.stdout.write(JSON.stringify({ leftOver: [...open(), ...timers] }));
