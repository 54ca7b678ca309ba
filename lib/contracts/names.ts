/** Serializers that go by a name. */
export type SerializerName = 'reference' | 'string' | 'json' | 'msgpack' | 'v8';

/** Plugins that go by a name. */
export type PluginName = 'timing' | 'hit-miss-ratio';

/** How a cached value is protected from the callers that share it. */
export type Isolation = 'none' | 'copy' | 'freeze';
