import type { PluginName } from '../contracts/names.js';
import type { Plugin } from '../contracts/plugin.js';
import { HitMissRatioPlugin } from './hit-miss-ratio.js';
import { TimingPlugin } from './timing.js';

const PLUGINS: Record<PluginName, () => Plugin> = {
  timing: () => new TimingPlugin(),
  'hit-miss-ratio': () => new HitMissRatioPlugin(),
};

export const PLUGIN_NAMES = Object.keys(PLUGINS) as readonly PluginName[];

/** A fresh one of the built-in plugins: it counts for one cache. */
export function pluginByName(name: PluginName): Plugin {
  return PLUGINS[name]();
}
