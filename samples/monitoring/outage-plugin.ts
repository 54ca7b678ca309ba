import { type CommandContext, type CommandOutcome, isCacheError, type Plugin } from 'cachewright';

/** What says that the store is away, and not that a command was wrong. */
const AWAY = ['ERR_CACHE_BACKEND', 'ERR_CACHE_BACKEND_UNAVAILABLE', 'ERR_CACHE_COMMAND_TIMEOUT'] as const;

/** Says once when a store goes away, and once when it is back, however many commands fail in between. */
export class OutagePlugin implements Plugin {
  readonly name = 'outages';
  failed = 0;
  #since: number | undefined;

  /** @param say for example `(line) => logger.warn(line)` */
  constructor(private readonly say: (line: string) => void) {}

  get away(): boolean {
    return this.#since !== undefined;
  }

  onError({ cache, command, startedAt }: CommandContext, error: unknown): void {
    if (!AWAY.some((code) => isCacheError(error, code))) return;
    this.failed += 1;
    if (this.away) return;
    this.#since = startedAt;
    this.say(`cache ${cache.name}: the store is away (${command}: ${(error as Error).message})`);
  }

  /** A hit may be a copy in memory; a miss is the store's own word. */
  postGet(context: CommandContext, { hit }: CommandOutcome<'get'>): void {
    if (hit === false) this.#answered(context);
  }

  postMultiGet(context: CommandContext, { hit }: CommandOutcome<'multiGet'>): void {
    if (Array.isArray(hit) && hit.includes(false)) this.#answered(context);
  }

  postSet(context: CommandContext): void {
    this.#answered(context);
  }

  postMultiSet(context: CommandContext): void {
    this.#answered(context);
  }

  #answered({ cache, startedAt }: CommandContext): void {
    // What began before the outage says nothing of its end.
    if (this.#since === undefined || startedAt <= this.#since) return;
    this.say(`cache ${cache.name}: the store is back after ${Math.round(startedAt - this.#since)} ms`);
    this.#since = undefined;
  }
}
