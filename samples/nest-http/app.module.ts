import { type DynamicModule, Module } from '@nestjs/common';
import type { CacheConfig, CommonOptions } from 'cachewright';
import { CacheModule } from 'cachewright/nest';
import { Atlas } from './places/atlas.js';
import { PlacesController } from './places/places.controller.js';
import { PlacesService } from './places/places.service.js';
import { StatsController } from './stats.controller.js';

@Module({ controllers: [PlacesController, StatsController], providers: [Atlas, PlacesService] })
export class AppModule {
  /** The same application over memory or, with a URL, over Redis: nothing but this configuration differs. */
  static over(redisUrl: string | undefined): DynamicModule {
    const common: CommonOptions<'json'> = { ttl: '10m', plugins: ['hit-miss-ratio'] };
    const config: CacheConfig =
      redisUrl === undefined
        ? { backend: 'memory', maxEntries: 10_000, ...common }
        : { backend: 'redis', url: redisUrl, ...common };
    return {
      module: AppModule,
      imports: [
        // Two caches, so that an edit can drop all searches and keep the details.
        CacheModule.forRoot({ caches: { default: config, searches: config }, namespace: 'cachewright-demo' }),
      ],
    };
  }
}
