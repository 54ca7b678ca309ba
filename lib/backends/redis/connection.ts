import type { RedisClient } from './client.js';

/** How the backend gets at a client. */
export interface Connection {
  /** The client, while a command can go out at once. */
  readonly client: RedisClient | undefined;
  /**
   * The client, for the first commands: they wait until it is ready.
   * @throws BackendUnavailableError at once when the first attempt failed or a connection was lost
   */
  open(): Promise<RedisClient>;
  /** Like {@link open}, but tries now when the connection is down. */
  connect(): Promise<RedisClient>;
  /** An answer said that this is the wrong server (a replica): look for the right one. */
  renew(): void;
  /** An answer did not fit its command: none of this connection can be believed any more. */
  mistrust(reason: unknown): void;
  close(): Promise<void>;
}
