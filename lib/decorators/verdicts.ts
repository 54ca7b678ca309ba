import { decision } from '../util/decision.js';
import type { Site } from './site.js';

type Condition = (...args: never) => unknown;

/**
 * Whether the cache has anything to do with this call: what the option `condition` says.
 * @throws ConfigError when it answers a promise
 */
export function applies(site: Site, condition: Condition | undefined, args: readonly unknown[]): boolean {
  if (condition === undefined) return true;
  const answer = condition(...(args as never));
  return typeof answer === 'boolean' ? answer : decision(answer, optionOf(site, 'condition'));
}

/**
 * Whether this value is not to be stored: what the option `unless` says.
 * @param args those of the option, behind the value
 * @throws ConfigError when it answers a promise
 */
export function spared(site: Site, unless: Condition | undefined, value: unknown, args: readonly unknown[]): boolean {
  if (unless === undefined) return false;
  const answer = unless(...([value, ...args] as never));
  return typeof answer === 'boolean' ? answer : decision(answer, optionOf(site, 'unless'));
}

function optionOf(site: Site, name: string): string {
  return `@${site.decorator} on ${site.label}: ${name}`;
}
