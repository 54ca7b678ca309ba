// Run as a process of its own by lifecycle.spec: it has to end by itself once the application is closed.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { type Cache, Cached } from 'cachewright';
import { CacheModule, getCacheToken } from 'cachewright/nest';
import { moduleOf } from './boot.js';

class Service {
  @Cached({ ttl: '1h' })
  async find(id: string): Promise<string> {
    return id;
  }
}

const url = process.argv[2]!;
const caches = {
  default: { backend: 'redis', url, plugins: ['timing'] },
  near: { backend: 'memory', ttl: '1h' },
} as const;
const app = await NestFactory.createApplicationContext(
  moduleOf({ imports: [CacheModule.forRoot({ caches })], providers: [Service] }),
  { logger: false },
);
await app.get(Service).find('a');
await app.get<Cache>(getCacheToken('near')).set('a', 1);
await app.close();
console.log('closed');
