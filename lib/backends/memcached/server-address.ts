import { ConfigError } from '../../errors.js';

const SERVER = /^(?:\[([\da-f:.]+)\]|([^\s:/@[\]]+))(?::(\d{1,5}))?$/i;

/** @throws ConfigError */
export function readServer(server: unknown, path: string): { host: string; port: number } {
  const parts = typeof server === 'string' ? SERVER.exec(server) : null;
  const port = Number(parts?.[3] ?? 11_211);
  if (parts === null || port < 1 || port > 65_535) {
    throw new ConfigError(`${path} is no server; use 'host', 'host:port' or '[address]:port'`);
  }
  return { host: (parts[1] ?? parts[2])!.toLowerCase(), port };
}
