import type { CommandInputs, CommandName, CommandOutputs } from '../contracts/commands.js';
import { ConfigError, NotANumberError, UnsupportedCommandError } from '../errors.js';
import { chain, type MaybePromise } from '../util/maybe-promise.js';
import type { Call } from './call.js';
import { expire } from './expire.js';
import type { FenceScope } from './fence.js';
import { shown, shownMany } from './reading.js';
import type { Stack } from './stack.js';
import { read, readMany } from './tier/tiered-reading.js';
import { FACTS, keptMs, LOADED, type WithFacts, type WithManyFacts, type WithTokens, writeLoaded } from './writing.js';

/** One verb of the cache: all the pipeline needs to know about it. */
export interface Command<Name extends CommandName = CommandName> {
  readonly name: Name;
  /** Names of its hooks. */
  readonly pre: `pre${Capitalize<Name>}`;
  readonly post: `post${Capitalize<Name>}`;
  /** What an empty cache would answer. */
  disabled(input: CommandInputs[Name]): CommandOutputs[Name];
  run(stack: Stack, input: CommandInputs[Name], call: Call): MaybePromise<CommandOutputs[Name]>;
  /** Turns what was found into what the caller asked for. */
  answer?(found: CommandOutputs[Name], input: CommandInputs[Name], stack: Stack): CommandOutputs[Name];
  hit?(found: CommandOutputs[Name], stack: Stack): boolean | boolean[];
  /** Which loads it makes outdated. */
  fences?(stack: Stack, input: CommandInputs[Name], call: Call): FenceScope;
}

type CommandTable = { readonly [Name in CommandName]: Command<Name> };

const oneKey = (stack: Stack, { key, options }: CommandInputs['delete']): FenceScope => ({
  keys: [stack.keys.final(key, options.namespace)],
});

/** Those of a batch, made once for the command and its fence. The call that many share keeps nothing. */
function finalsOf<T>(
  stack: Stack,
  call: Call,
  items: readonly T[],
  keyOf: (item: T) => string,
  namespace: string | undefined,
): readonly string[] {
  if (call.finals !== undefined) return call.finals;
  const finals = items.map((item) => stack.keys.final(keyOf(item), namespace));
  if (call !== stack.sharedCall) call.finals = finals;
  return finals;
}

const itself = (key: string): string => key;
const first = ([key]: readonly [string, unknown]): string => key;

/** The single source of what commands there are and what each one does. */
export const COMMANDS: CommandTable = {
  add: {
    name: 'add',
    pre: 'preAdd',
    post: 'postAdd',
    disabled: () => true,
    fences: oneKey,
    run(stack, { key, value, options }, call) {
      const final = stack.keys.final(key, options.namespace);
      const wire = stack.form.encode(final, value, call.codec, undefined);
      return stack.backend.add(final, wire, stack.ttlMs(options.ttl), call);
    },
  },
  get: {
    name: 'get',
    pre: 'preGet',
    post: 'postGet',
    disabled: ({ options }) => options.default,
    run(stack, { key, options }, call) {
      const { namespace } = options;
      return read(stack, stack.keys.final(key, namespace), namespace, call);
    },
    answer(found, { options }, stack) {
      const value = shown(found, stack);
      return value === undefined ? options.default : value;
    },
    hit: (found, stack) => shown(found, stack) !== undefined,
  },
  set: {
    name: 'set',
    pre: 'preSet',
    post: 'postSet',
    disabled: () => undefined,
    fences: oneKey,
    run(stack, input: CommandInputs['set'] & WithFacts & WithTokens, call) {
      const { key, value, options, [FACTS]: facts, [LOADED]: loaded } = input;
      const final = stack.keys.final(key, options.namespace);
      const wire = stack.form.encode(final, value, call.codec, facts);
      const ttlMs = keptMs(stack, options.ttl, facts);
      if (loaded !== undefined) return writeLoaded(stack, [[final, wire]], ttlMs, loaded, options.timeout, call);
      return stack.backend.set(final, wire, ttlMs, call);
    },
  },
  multiGet: {
    name: 'multiGet',
    pre: 'preMultiGet',
    post: 'postMultiGet',
    disabled: ({ keys }) => keys.map(() => undefined),
    run(stack, { keys, options }, call) {
      if (keys.length === 0) return [];
      const { namespace } = options;
      return readMany(stack, finalsOf(stack, call, keys, itself, namespace), namespace, call);
    },
    answer: (found, _input, stack) => shownMany(found, stack),
    hit: (found, stack) => shownMany(found, stack).map((value) => value !== undefined),
  },
  multiSet: {
    name: 'multiSet',
    pre: 'preMultiSet',
    post: 'postMultiSet',
    disabled: () => undefined,
    fences: (stack, { entries, options }, call) => ({
      keys: finalsOf(stack, call, entries, first, options.namespace),
    }),
    run(stack, input: CommandInputs['multiSet'] & WithManyFacts & WithTokens, call) {
      const { entries, options, [FACTS]: facts, [LOADED]: loaded } = input;
      const ttlMs = keptMs(
        stack,
        options.ttl,
        facts?.find((known) => known !== undefined),
      );
      if (entries.length === 0) return undefined;
      const finals = finalsOf(stack, call, entries, first, options.namespace);
      const encoded = entries.map(([, value], index) => {
        const final = finals[index]!;
        return [final, stack.form.encode(final, value, call.codec, facts?.[index])] as const;
      });
      if (loaded !== undefined) return writeLoaded(stack, encoded, ttlMs, loaded, options.timeout, call);
      return stack.backend.multiSet(encoded, ttlMs, call);
    },
  },
  delete: {
    name: 'delete',
    pre: 'preDelete',
    post: 'postDelete',
    disabled: () => false,
    fences: oneKey,
    run: (stack, { key, options }, call) =>
      chain(stack.backend.delete([stack.keys.final(key, options.namespace)], call), (deleted) => deleted > 0),
  },
  multiDelete: {
    name: 'multiDelete',
    pre: 'preMultiDelete',
    post: 'postMultiDelete',
    disabled: () => 0,
    fences: (stack, { keys, options }, call) => ({ keys: finalsOf(stack, call, keys, itself, options.namespace) }),
    run(stack, { keys, options }, call) {
      if (keys.length === 0) return 0;
      return stack.backend.delete([...new Set(finalsOf(stack, call, keys, itself, options.namespace))], call);
    },
  },
  exists: {
    name: 'exists',
    pre: 'preExists',
    post: 'postExists',
    disabled: () => false,
    run: (stack, { key, options }, call) => stack.backend.exists(stack.keys.final(key, options.namespace), call),
  },
  increment: {
    name: 'increment',
    pre: 'preIncrement',
    post: 'postIncrement',
    disabled: ({ delta }) => delta,
    fences: oneKey,
    run(stack, { key, delta, options }, call) {
      const final = stack.keys.final(key, options.namespace);
      if (!Number.isSafeInteger(delta)) {
        throw new NotANumberError('increment: delta must be a safe integer', { cache: stack.name });
      }
      if (!call.codec.counts && call.codec.wire !== 'reference') {
        throw new UnsupportedCommandError(
          `increment: serializer ${call.codec.name} cannot read the counters of backend ${stack.spec.backend.name}; ` +
            `give { serializer: 'json' }, or set decimalIntegers on the serializer if it reads decimal text as numbers`,
          { cache: stack.name },
        );
      }
      return stack.backend.increment(final, delta, stack.ttlMs(options.ttl), call);
    },
  },
  expire: {
    name: 'expire',
    pre: 'preExpire',
    post: 'postExpire',
    disabled: () => false,
    fences: oneKey,
    run(stack, { key, ttl, options }, call) {
      const final = stack.keys.final(key, options.namespace);
      if (ttl === undefined)
        throw new ConfigError('expire: ttl is missing; give a duration, or 0 to lift it', { cache: stack.name });
      return expire(stack, final, stack.ttlMs(ttl), call);
    },
  },
  ttl: {
    name: 'ttl',
    pre: 'preTtl',
    post: 'postTtl',
    disabled: () => undefined,
    run: (stack, { key, options }, call) => stack.backend.ttl(stack.keys.final(key, options.namespace), call),
  },
  clear: {
    name: 'clear',
    pre: 'preClear',
    post: 'postClear',
    disabled: () => undefined,
    fences: (stack, { options }) => ({ prefix: stack.keys.prefix(options.namespace) }),
    run(stack, { options }, call) {
      if (stack.keys.isBare(options.namespace) && stack.capabilities.shared && options.all !== true) {
        throw new UnsupportedCommandError(
          'clear: without a namespace this would delete what other programs keep there; give the cache a namespace, or { all: true }',
          { cache: stack.name },
        );
      }
      const byPrefix = stack.capabilities.shared && stack.capabilities.clears !== 'namespace';
      if (byPrefix && !stack.keys.beginWithPrefix(options.namespace)) {
        throw new UnsupportedCommandError(
          "clear: the keys that buildKey makes do not begin with buildKey('', namespace), so they would stay; put the namespace in front",
          { cache: stack.name },
        );
      }
      return stack.backend.clear(stack.keys.prefix(options.namespace), call);
    },
  },
  raw: {
    name: 'raw',
    pre: 'preRaw',
    post: 'postRaw',
    disabled: () => undefined,
    run(stack, { command, args }, call) {
      if (typeof command === 'string') return stack.backend.raw(command, args, call);
      throw new ConfigError(`raw: the command is of type ${typeof command}; give the name of one`, {
        cache: stack.name,
      });
    },
  },
};
