/** What this backend uses of a client of memjs. Structural, so that the types of this package do not need memjs. */
export interface MemjsClient {
  readonly servers: readonly {
    readonly host: string;
    readonly port: number | string;
    readonly username?: string | undefined;
    readonly password?: string | undefined;
  }[];
}

export function isMemjsClient(value: unknown): value is MemjsClient {
  if (typeof value !== 'object' || value === null) return false;
  const { servers, get } = value as { servers?: unknown; get?: unknown };
  const isServer = (server: unknown): boolean =>
    typeof server === 'object' && server !== null && 'host' in server && 'port' in server;
  return typeof get === 'function' && Array.isArray(servers) && servers.length > 0 && servers.every(isServer);
}
