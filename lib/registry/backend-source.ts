import type { Backend, BackendContext, BackendFactory } from '../contracts/backend.js';
import type { SerializerName } from '../contracts/names.js';
import type { WireKind } from '../contracts/serializer.js';
import { ConfigError, isCacheError } from '../errors.js';
import { disown, isPending } from '../util/maybe-promise.js';
import { checkBackend, isBackendFactory } from './backend-object.js';
import { BACKENDS, type BackendRow } from './backends.js';
import type { GivenOptions, TextForm } from './option.js';
import { choiceReader, isRecord, mistyped } from './readers.js';

/** Where a cache's backend comes from, once the configuration is known to be right. */
export interface BackendSource {
  readonly name: string;
  /** Whether closing the cache closes the backend: not if it was given ready. */
  readonly owned: boolean;
  /** `undefined` = only known once it is created. */
  readonly wire: WireKind | undefined;
  readonly defaultSerializer: SerializerName;
  /** The options of its own, beside the common ones. */
  readonly options: Readonly<Record<string, TextForm>>;
  readonly check?: BackendRow['check'];
  create(options: GivenOptions, context: BackendContext): Backend;
}

const NAMES = [...BACKENDS.keys()];
const REMEDY = `use one of ${NAMES.join(', ')}, a Backend or defineBackend(…)`;
const readKnownName = choiceReader(NAMES);

/** Reads the option `backend`: a name, a ready backend, or a factory. */
export function backendSource(value: unknown, path: string): BackendSource {
  if (value === undefined) throw new ConfigError(`${path} is missing; ${REMEDY}`);
  if (typeof value === 'string') {
    const name = readKnownName(value, path);
    return { name, owned: true, ...BACKENDS.get(name)! };
  }
  if (!isRecord(value)) throw mistyped(value, path, REMEDY);
  return isBackendFactory(value) ? madeBy(value, path) : ready(checkBackend(value, path));
}

function ready(backend: Backend): BackendSource {
  const { wire } = backend.capabilities;
  return { name: backend.name, owned: false, wire, defaultSerializer: 'json', options: {}, create: () => backend };
}

function madeBy(factory: BackendFactory, path: string): BackendSource {
  return {
    name: factory.backendName,
    owned: true,
    wire: undefined,
    defaultSerializer: 'json',
    options: {},
    create: (_options, context) => checkBackend(run(factory, context, path), `the answer of ${path}.create()`),
  };
}

function run(factory: BackendFactory, context: BackendContext, path: string): unknown {
  try {
    const made: unknown = factory.create(context);
    if (!isPending(made)) return made;
    disown(made);
    throw new ConfigError(
      `${path}.create() answered a promise; let it be synchronous, and connect with the first command`,
    );
  } catch (error) {
    if (isCacheError(error)) throw error;
    throw new ConfigError(`${path}.create() failed`, { cache: context.cache, cause: error });
  }
}
