import { COMMAND_NAMES } from '../contracts/commands.js';
import type { PluginName } from '../contracts/names.js';
import type { Plugin } from '../contracts/plugin.js';
import { ConfigError } from '../errors.js';
import { PLUGIN_NAMES } from '../plugins/by-name.js';
import { member } from './option.js';
import { choiceReader, didYouMean, isRecord, mistyped, readName, type Reader } from './readers.js';

const HOOKS: readonly string[] = [
  ...COMMAND_NAMES.flatMap((command) => {
    const suffix = command[0]!.toUpperCase() + command.slice(1);
    return [`pre${suffix}`, `post${suffix}`];
  }),
  'onError',
];
const FUNCTIONS = [...HOOKS, 'close'];

/** Reads like a hook, but may be none. Other `on…` methods are left alone: a Nest provider may have its own. */
const LIKE_A_HOOK = /^(?:pre|post)[A-Z]|^onErr/;

const readKnownName = choiceReader(PLUGIN_NAMES);

/** Plugins by name or as instances, with names that differ and hooks that exist. */
export const readPlugins: Reader<readonly (PluginName | Plugin)[]> = (value, path) => {
  if (!Array.isArray(value)) throw mistyped(value, path, 'use an array of plugin names and plugins');
  const plugins = Array.from(value, (item, index) => readPlugin(item, `${path}[${index}]`));
  const names = plugins.map((plugin) => (typeof plugin === 'string' ? plugin : plugin.name));
  names.forEach((name, index) => {
    const first = names.indexOf(name);
    if (first === index) return;
    throw new ConfigError(`${path}[${index}] has the same name as ${path}[${first}]; names of plugins must differ`);
  });
  return plugins;
};

function readPlugin(value: unknown, path: string): PluginName | Plugin {
  if (typeof value === 'string') return readKnownName(value, path);
  if (typeof value === 'function') throw mistyped(value, path, 'give an instance of the plugin, not its class');
  if (!isRecord(value)) throw mistyped(value, path, 'use the name of a plugin or a plugin');
  readName(value['name'], `${path}.name`);
  checkHooks(value, path);
  return value as unknown as Plugin;
}

/** A misspelt hook would never run, and nobody would know. */
function checkHooks(plugin: object, path: string): void {
  for (let owner: object = plugin; owner !== Object.prototype && owner !== null; owner = Object.getPrototypeOf(owner)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (FUNCTIONS.includes(name)) {
        if (value !== undefined && typeof value !== 'function')
          throw mistyped(value, member(path, name), 'use a function');
      } else if (LIKE_A_HOOK.test(name) || HOOKS.some((hook) => hook.toLowerCase() === name.toLowerCase())) {
        throw new ConfigError(`${member(path, name)} is no hook;${didYouMean(name, HOOKS)} hooks: ${HOOKS.join(', ')}`);
      }
    }
  }
}
