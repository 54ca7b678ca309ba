import { types } from 'node:util';
import { ConfigError } from '../errors.js';
import { type Method, Site } from './site.js';
import { takeOver } from './take-over.js';

/** A method that can be decorated. */
export type AsyncMethod = (...args: never) => Promise<unknown>;

/**
 * Decorates a method, in either dialect. What it refuses does not fit the method. The first pair of signatures serves
 * generic classes, whose type parameters count by their constraints only where assignability is checked, not in a
 * conditional type. The last pair serves the rest, and names the option in the compiler's message.
 */
export interface MethodDecorator<Fit extends MethodFit> {
  <
    This extends Fit['self'] | Unmet,
    Method extends (...args: never) => Promise<Fit['result']>,
    Args extends (Fit['args'] & readonly unknown[]) | Unmet,
  >(
    method: Method & ((...args: Args) => unknown) & Related<Fit, This, Method, Args>,
    context: ClassMethodDecoratorContext<This>,
  ): Method;
  <
    This extends Fit['self'] | Unmet,
    Method extends (...args: never) => Promise<Fit['result']>,
    Args extends (Fit['args'] & readonly unknown[]) | Unmet,
  >(
    target: This,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method & ((...args: Args) => unknown)> & Related<Fit, This, Method, Args>,
  ): void;
  <This extends object, Method extends AsyncMethod>(
    method: Method & Checked<Fit, This, Method>,
    context: ClassMethodDecoratorContext<This>,
  ): Method;
  <This extends object, Method extends AsyncMethod>(
    target: This,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method> & Checked<Fit, This, Method>,
  ): void;
}

/** A type-level function of a class and a method of it. */
export interface MethodFit {
  readonly this: unknown;
  readonly method: unknown;
  /** The name of the option that does not fit, `never` when all do. */
  readonly misfit: unknown;
  /** What the options want of the instance, the arguments and the result. */
  readonly self: unknown;
  readonly args: unknown;
  readonly result: unknown;
  /** Like `misfit`, without what `self`, `args` and `result` already say. */
  readonly other: unknown;
}

type Applied<Fit extends MethodFit, This, Method> = Fit & { readonly this: This; readonly method: Method };

type Checked<Fit extends MethodFit, This, Method> = Verdict<Applied<Fit, This, Method>['misfit']>;

type Verdict<Misfit> = [Misfit] extends [never] ? unknown : { readonly 'this option does not fit the method': Misfit };

declare const unmet: unique symbol;

/** Part of what is inferred for a type parameter only where its constraint is not met: then the constraint itself is. */
type Unmet = readonly [typeof unmet];

type Related<Fit extends MethodFit, This, Method, Args> = Unmet extends This
  ? never
  : Unmet extends Args
    ? never
    : Verdict<Applied<Fit, This, Method>['other']>;

/** Makes what stands in the class instead of a method. */
export type Replace = (site: Site) => Method;

/**
 * The one place that knows how a decorator is called: with a target, a name and a descriptor (`experimentalDecorators`),
 * or with the method and a context (the standard).
 * @param decorator its name, for messages
 * @param given the arguments that the decorator's factory was called with
 * @throws ConfigError when what it stands on is no method, or when it was written without parentheses
 */
export function methodDecorator<Fit extends MethodFit>(
  decorator: string,
  given: ArrayLike<unknown>,
  replace: Replace,
): MethodDecorator<Fit> {
  // More than options: it was not called to make a decorator, but as one.
  if (given.length > 1) throw new ConfigError(`@${decorator} lacks its parentheses; write @${decorator}(…)`);
  const decorate = (first: unknown, second: unknown, third?: unknown): unknown =>
    isContext(second)
      ? decorateStandard(decorator, replace, first, second)
      : decorateLegacy(decorator, replace, first as object, second as string | symbol, third);
  return decorate as MethodDecorator<Fit>;
}

function decorateStandard(
  decorator: string,
  replace: Replace,
  method: unknown,
  context: ClassMethodDecoratorContext,
): Method {
  if (context.kind !== 'method') throw notAMethod(decorator, context.name);
  if (context.private) throw privateMethod(decorator, context.name);
  const site = new Site(decorator, context.name, context.static, method as Method);
  install(site, replace);
  context.addInitializer(function (this: unknown) {
    site.meet(this);
  });
  return site.replacement;
}

function decorateLegacy(
  decorator: string,
  replace: Replace,
  target: object,
  name: string | symbol,
  descriptor: unknown,
): void {
  const property = descriptor as PropertyDescriptor | undefined;
  if (typeof property?.value !== 'function') throw notAMethod(decorator, name);
  // The compiler hands on `5() {}` as a number, which the object has as a text.
  const named = typeof name === 'symbol' ? name : String(name);
  const site = new Site(decorator, named, typeof target === 'function', property.value as Method);
  site.settle(target);
  install(site, replace);
  property.value = site.replacement;
}

function install(site: Site, replace: Replace): void {
  if (types.isGeneratorFunction(site.original)) throw generator(site);
  const replacement = replace(site);
  takeOver(site.original, replacement);
  site.install(replacement);
}

function isContext(value: unknown): value is ClassMethodDecoratorContext {
  return typeof value === 'object' && value !== null && 'kind' in value && 'addInitializer' in value;
}

function notAMethod(decorator: string, name: string | symbol | undefined): ConfigError {
  return new ConfigError(
    `@${decorator} stands on ${String(name ?? 'a class')}, which is no method; put it on an async method`,
  );
}

function generator({ decorator, name }: Site): ConfigError {
  return new ConfigError(
    `@${decorator} stands on ${String(name)}, a generator, which can be read once only; put it on an async method that answers a list`,
  );
}

function privateMethod(decorator: string, name: string | symbol): ConfigError {
  return new ConfigError(
    `@${decorator} stands on ${String(name)}, which nothing outside its class can find; ` +
      'put it on a public method, or on one that is `private` to TypeScript only',
  );
}
