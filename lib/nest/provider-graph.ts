import type { InjectionToken, Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

type Module = ModulesContainer extends Map<string, infer M> ? M : never;

/** What Nest knows of one provider. */
export type Provider = Module['providers'] extends Map<unknown, infer Wrapper> ? Wrapper : never;

/** A provider of that token, wherever it is. */
export function providerOf(token: InjectionToken, modules: ModulesContainer): Provider | undefined {
  for (const { providers } of modules.values()) {
    const found = providers.get(token);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How `from` comes to need a provider of a kind (`Audit -> Users`), or is one itself; `undefined` = it does not. */
export function pathTo(
  from: Provider,
  isWanted: (provider: Provider) => boolean,
  modules: ModulesContainer,
  visited: Set<Provider> = new Set(),
): string | undefined {
  visited.add(from);
  if (isWanted(from)) return tokenName(from.token);
  for (const token of dependenciesOf(from)) {
    const provider = from.host?.providers.get(token) ?? providerOf(token, modules);
    if (provider === undefined || visited.has(provider)) continue;
    const rest = pathTo(provider, isWanted, modules, visited);
    if (rest !== undefined) return `${tokenName(from.token)} -> ${rest}`;
  }
  return undefined;
}

/** For messages. */
export function tokenName(token: InjectionToken): string {
  if (typeof token === 'function') return token.name || 'an anonymous class';
  return typeof token === 'string' ? JSON.stringify(token) : String(token);
}

function dependenciesOf({ inject, metatype }: Provider): InjectionToken[] {
  const wanted = inject ?? (typeof metatype === 'function' ? injectionsOf(metatype as Type) : []);
  return wanted.map(bareToken).filter((token) => token !== undefined);
}

function injectionsOf(owner: Type): unknown[] {
  const parameters = [...((Reflect.getMetadata('design:paramtypes', owner) ?? []) as unknown[])];
  for (const { index, param } of (Reflect.getMetadata('self:paramtypes', owner) ?? []) as {
    index: number;
    param: unknown;
  }[]) {
    parameters[index] = param;
  }
  const properties = (Reflect.getMetadata('self:properties_metadata', owner) ?? []) as { type: unknown }[];
  return [...parameters, ...properties.map(({ type }) => type)];
}

/** Out of `{ token, optional }` and `forwardRef(() => token)`. */
function bareToken(wanted: unknown): InjectionToken | undefined {
  if (typeof wanted !== 'object' || wanted === null) return wanted as InjectionToken | undefined;
  if ('forwardRef' in wanted) return (wanted.forwardRef as () => InjectionToken)();
  return (wanted as { token?: InjectionToken }).token;
}
