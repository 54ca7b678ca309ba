import { memoryBackend } from '#lib/backends/memory/memory.js';
import type { Backend, BackendContext, BackendFactory } from '#lib/contracts/backend.js';

/** Memory that notes when it is made, used and closed. */
export class SpiedFactory implements BackendFactory {
  readonly backendName = 'spied';
  readonly log: string[] = [];
  readonly contexts: BackendContext[] = [];
  /** What closing answers, for instance a failure. */
  onClose: () => Promise<void> = () => Promise.resolve();

  create(context: BackendContext): Backend {
    this.log.push('create');
    this.contexts.push(context);
    return this.spy(memoryBackend({}, context));
  }

  spy(backend: Backend): Backend {
    return new Proxy(backend, {
      get: (target, name) => {
        if (name === 'close') return () => this.#close(target);
        if (name === 'name') return 'spied';
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? (value.bind(target) as unknown) : value;
      },
    });
  }

  async #close(target: Backend): Promise<void> {
    this.log.push('close');
    await this.onClose();
    await target.close();
  }
}
