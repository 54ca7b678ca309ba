import type { CommandContext, CommandOutcome, Plugin } from 'cachewright';

/**
 * Records who changed what. A plugin has a hook for each command it wants to see, before (`preSet`) or after (`postSet`) it;
 * the hooks of other commands are just not there, and cost nothing.
 */
export class AuditPlugin implements Plugin {
  readonly name = 'audit';
  readonly records: string[] = [];

  postSet({ cache, input }: CommandContext<'set'>): void {
    this.records.push(`${cache.name}: set ${input.key}`);
  }

  postDelete({ cache, input }: CommandContext<'delete'>, { output }: CommandOutcome<'delete'>): void {
    this.records.push(`${cache.name}: delete ${input.key}${output ? '' : ' (was not there)'}`);
  }

  /** What this throws fails the command, so a hook can also forbid. */
  preClear({ cache }: CommandContext<'clear'>): void {
    throw new Error(`${cache.name} is audited and cannot be cleared`);
  }

  /** A command that failed, whichever it was. */
  onError({ cache, command }: CommandContext, error: unknown): void {
    this.records.push(`${cache.name}: ${command} failed, ${error instanceof Error ? error.message : 'unknown'}`);
  }
}
