import { Controller, Get } from '@nestjs/common';
import type { Cache, HitMissRatioPlugin } from 'cachewright';
import { InjectCache } from 'cachewright/nest';

/** Hits and misses of each cache. */
export type Stats = Record<'places' | 'searches', ReturnType<HitMissRatioPlugin['stats']>>;

/** Answers what the plugins count that `app.module.ts` gave both caches. */
@Controller('stats')
export class StatsController {
  constructor(
    @InjectCache() private readonly places: Cache,
    @InjectCache('searches') private readonly searches: Cache,
  ) {}

  @Get()
  stats(): Stats {
    return { places: statsOf(this.places), searches: statsOf(this.searches) };
  }
}

function statsOf(cache: Cache): Stats['places'] {
  return cache.plugin<HitMissRatioPlugin>('hit-miss-ratio')!.stats();
}
