import { ConfigError } from '../errors.js';
import { BACKENDS } from './backends.js';
import { commonOptions } from './common-options.js';
import { located, member, unknownOption, type TextForm } from './option.js';
import { didYouMean } from './readers.js';

/** Scheme → backend. */
const SCHEMES = new Map([...BACKENDS].flatMap(([backend, { schemes }]) => schemes.map((scheme) => [scheme, backend])));
const KNOWN = [...SCHEMES.keys()].map((scheme) => `${scheme}://`).join(', ');

const COMMON = Object.fromEntries(Object.entries(commonOptions).map(([name, { fromText }]) => [name, fromText]));

/**
 * Takes a cache URL apart: the same options that a config object would hold, not yet checked.
 * @throws ConfigError that never quotes the URL: any part of it may be a piece of a badly written password
 */
export function optionsOfUrl(url: string, path: string): Record<string, unknown> {
  const backend = backendOf(url, path);
  checkMarks(url, path);
  const row = BACKENDS.get(backend)!;
  const [address, query] = cut(url, '?');
  const options: Record<string, unknown> = {
    backend,
    ...located(`${path} `, undefined, () => row.fromAddress(address)),
  };
  const known: Record<string, TextForm> = { ...row.options, ...COMMON };
  for (const [name, text] of new URLSearchParams(query)) {
    const form = formOf(name, known, path, backend);
    if (typeof form === 'string') {
      throw new ConfigError(`${member(path, name)} cannot stand in the query of a URL; ${form}`);
    }
    if (Object.hasOwn(options, name)) throw new ConfigError(`${member(path, name)} is given twice; give it once`);
    options[name] = form(text);
  }
  return options;
}

function backendOf(url: string, path: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) {
    throw new ConfigError(`${path} is text but no URL of a cache; use ${KNOWN} or a config object`);
  }
  const backend = SCHEMES.get(scheme);
  if (backend !== undefined) return backend;
  throw new ConfigError(`${path} has an unknown scheme;${didYouMean(scheme, SCHEMES.keys())} use one of ${KNOWN}`);
}

/** Marks in a password that would end it early, and show the rest of it as host, path or option. */
function checkMarks(url: string, path: string): void {
  if (url.includes('#')) throw new ConfigError(`${path} holds a "#"; write it as %23`);
  if (/^[^:]*:\/\/[^/?]*[/?].*@/s.test(url)) {
    throw new ConfigError(
      `${path} holds an "@" behind the host; write "@" as %40, and in a password "/" as %2F and "?" as %3F`,
    );
  }
}

function formOf(name: string, known: Readonly<Record<string, TextForm>>, path: string, backend: string): TextForm {
  const form = Object.hasOwn(known, name) ? known[name] : undefined;
  if (form !== undefined) return form;
  if (/^[A-Za-z]\w*$/.test(name)) throw unknownOption(name, Object.keys(known), path, `a ${backend} cache`);
  throw new ConfigError(`${path} has something in its query that is no option; write it as ?name=value&name=value`);
}

function cut(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
