import { start } from './start.mjs';

await start('bench', 'build/bench/main.js');
