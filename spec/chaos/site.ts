import type { RedisServer } from '../support/redis-server.js';
import type { Random } from './random.js';
import type { SharedTier } from './stack.js';

/** Must never be seen in anything that a process prints or says. */
export const PASSWORD = 'canary-7f3a-not-to-be-seen';

/** Written before the reply goes out, so that a killed server comes back with everything it had acknowledged. */
export const DURABLE = [
  '--appendonly',
  'yes',
  '--appendfsync',
  'no',
  '--repl-diskless-sync-delay',
  '0',
  '--enable-debug-command',
  'yes',
];

/** One command to one server, as its operator. */
export type Ask = (server: RedisServer, command: string, ...args: (string | number)[]) => Promise<unknown>;

/** Where Redis runs. */
export interface Site {
  /** What workers are led to, one proxy each. */
  readonly targets: readonly RedisServer[];
  /** The server that the present fault concerns. */
  readonly redis: RedisServer;
  /** Which of the targets the network is bad to: all, or the one at this index. */
  readonly aimedAt: number | 'all';
  /** Whether what is lost there is lost; else there were but copies. */
  readonly holdsEntries: boolean;
  start(): Promise<void>;
  /** Chooses what the next fault concerns. @param tier of a fault that concerns one of the tiers */
  aim(random: Random, tier: SharedTier | undefined): Promise<void>;
  /**
   * Waits until everything is as it should be.
   * @returns whether a replica took over meanwhile that nobody had prepared: what was acknowledged last may be gone
   */
  settle(): Promise<boolean>;
  dispose(): Promise<void>;
}
