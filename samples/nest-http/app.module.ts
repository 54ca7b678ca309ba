import { type DynamicModule, Module } from '@nestjs/common';
import { CacheModule } from 'cachewright/nest';
import { Atlas } from './places/atlas.js';
import { PlacesController } from './places/places.controller.js';
import { PlacesService } from './places/places.service.js';
import { StatsController } from './stats.controller.js';
import { configOf, type Stores } from './stores.js';

@Module({ controllers: [PlacesController, StatsController], providers: [Atlas, PlacesService] })
export class AppModule {
  static over(stores: Stores): DynamicModule {
    const config = configOf(stores);
    return {
      module: AppModule,
      imports: [
        // Two caches, so that an edit can drop all searches and keep the details.
        CacheModule.forRoot({ caches: { default: config, searches: config }, namespace: 'cachewright-demo' }),
      ],
    };
  }
}
