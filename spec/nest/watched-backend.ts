import { type Backend, type BackendFactory, defineBackend } from 'cachewright';
import { memoryBackend } from '#lib/backends/memory/memory.js';

/** Memory that notes when it is connected and closed, and may refuse to connect. */
export class WatchedBackend {
  readonly log: string[] = [];
  readonly factory: BackendFactory;

  constructor(refusal?: Error) {
    const watched: Partial<Backend> = {
      connect: async () => {
        this.log.push('connect');
        if (refusal !== undefined) throw refusal;
      },
      close: async () => void this.log.push('close'),
    };
    this.factory = defineBackend('watched', (context) => {
      const get = (target: Backend, name: keyof Backend): unknown => {
        const value = watched[name] ?? target[name];
        return typeof value === 'function' ? value.bind(target) : value;
      };
      return new Proxy(memoryBackend({}, context), {
        get: (target, name) => get(target, name as keyof Backend),
      });
    });
  }
}
