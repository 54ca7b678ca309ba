import { Cached, CacheEvict, createRegistry, setDefaultRegistry } from 'cachewright';

export class Users {
  @Cached({ ttl: '5m', key: (id: string) => `user:${id}` })
  async find(id: string): Promise<{ id: string }> {
    return { id };
  }

  @CacheEvict({ key: (id: string) => `user:${id}` })
  async remove(_id: string): Promise<void> {}

  // @ts-expect-error a key function that does not fit the method
  @Cached({ key: (id: number) => `user:${id}` })
  async exists(id: string): Promise<boolean> {
    return id !== '';
  }
}

setDefaultRegistry(createRegistry({ default: { backend: 'memory', ttl: '5m' } }));
