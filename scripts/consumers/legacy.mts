import { Injectable, Module } from '@nestjs/common';
import { Cached, CacheEvict, type Cache, createCache, isCacheError } from 'cachewright';
import { CacheModule, InjectCache } from 'cachewright/nest';

@Injectable()
export class Users {
  constructor(@InjectCache() readonly cache: Cache) {}

  @Cached({ ttl: '5m', key: (id: string) => `user:${id}` })
  async find(id: string): Promise<{ id: string }> {
    return { id };
  }

  @CacheEvict({ key: (id: string) => `user:${id}` })
  async remove(_id: string): Promise<void> {}
}

@Module({ imports: [CacheModule.forRoot({ caches: { default: { backend: 'memory' } } })], providers: [Users] })
export class AppModule {}

export async function count(): Promise<number | undefined> {
  await using cache = createCache({ backend: 'memory', maxEntries: 10 });
  try {
    return await cache.get<number>('visits');
  } catch (error) {
    if (isCacheError(error, 'ERR_CACHE_CLOSED')) return undefined;
    throw error;
  }
}
