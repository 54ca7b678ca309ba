import { argumentKey } from '#lib/decorators/argument-key.js';
import { LiveNames } from '#lib/decorators/class-names.js';
import type { KeyRules } from '#lib/decorators/key-rules.js';

export function rules(dataClasses: KeyRules['dataClasses'] = []): KeyRules {
  return { head: 'Users.find', method: 'Users.find', dataClasses, argumentClasses: new LiveNames() };
}

/** The default key of `Users.find(...args)`. */
export function keyOf(...args: unknown[]): string {
  return argumentKey(args, rules());
}
