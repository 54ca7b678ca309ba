import { start } from './start.mjs';

await start('samples', 'build/samples/nest-http/main.js');
