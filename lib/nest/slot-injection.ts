import { Inject, Optional } from '@nestjs/common';
import type { Class } from '../command/stack-spec.js';
import { onDecoratedClass, SLOT } from '../decorators/slot.js';
import { LATE_REGISTRY } from './tokens.js';

/** Where Nest keeps the property injections of a class. */
const PROPERTIES = 'self:properties_metadata';

/**
 * Makes Nest fill the slot of whatever instance it makes of this class: the same as `@Inject(LATE_REGISTRY) @Optional()` on a property.
 * Subclasses inherit it, unless they were given injections of their own before: those get theirs when the application starts.
 */
export function injectSlot(owner: Class): void {
  const properties = (Reflect.getMetadata(PROPERTIES, owner) ?? []) as { readonly key: unknown }[];
  if (properties.some(({ key }) => key === SLOT)) return;
  Inject(LATE_REGISTRY)(owner.prototype as object, SLOT);
  Optional()(owner.prototype as object, SLOT);
}

/** From now on every decorated class, also those there already, gets its registry from Nest. */
export function injectSlots(): void {
  onDecoratedClass(injectSlot);
}
