import { expect } from 'chai';
import { PLUGIN_NAMES, pluginByName } from '#lib/plugins/by-name.js';

describe('plugins by name', () => {
  it('are made anew each time, and go by their name', () => {
    expect(PLUGIN_NAMES).to.deep.equal(['timing', 'hit-miss-ratio']);
    for (const name of PLUGIN_NAMES) {
      expect(pluginByName(name).name).to.equal(name);
      expect(pluginByName(name)).not.to.equal(pluginByName(name));
    }
  });
});
