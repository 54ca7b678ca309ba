/** A program of its own: DynamoDB, as dynalite plays it, on the port of its argument. */
import { createRequire } from 'node:module';

const dynalite = createRequire(import.meta.url)('dynalite') as (options: object) => {
  listen(port: number, host: string, ready: (error?: Error) => void): void;
};
dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 }).listen(
  Number(process.argv[2]),
  '127.0.0.1',
  (error) => {
    if (error) throw error;
    console.log('dynalite is listening');
  },
);
