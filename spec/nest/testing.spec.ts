import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type Cache, Cached, type CacheRegistry, createCache } from 'cachewright';
import { CacheModule, getCacheRegistryToken, getCacheToken, InjectCache } from 'cachewright/nest';
import { expect } from 'chai';

@Injectable()
class Users {
  runs = 0;

  constructor(@InjectCache() readonly cache: Cache) {}

  @Cached({ key: (id: string) => id })
  async find(id: string): Promise<string> {
    this.runs++;
    return id;
  }
}

const metadata = () => ({
  imports: [CacheModule.forRoot({ caches: { default: { backend: 'memory' } } })],
  providers: [Users],
});

describe('a testing module', () => {
  it('has caches and cached methods without being initialised', async () => {
    const module = await Test.createTestingModule(metadata()).compile();
    await module.get(Users).find('a');
    expect(await module.get<Cache>(getCacheToken()).get('a')).to.equal('a');
    await module.close();
    expect(module.get(Users).cache.closed).to.equal(true);
  });

  it('may replace a cache that is injected', async () => {
    const cache = createCache('memory://');
    const module = await Test.createTestingModule(metadata())
      .overrideProvider(getCacheToken())
      .useValue(cache)
      .compile();
    await module.init();
    expect(module.get(Users).cache).to.equal(cache);
    await module.close();
  });

  it('may switch all caches off', async () => {
    const module = await Test.createTestingModule(metadata()).compile();
    module.get<CacheRegistry>(getCacheRegistryToken()).disable();
    await module.init();
    await module.get(Users).find('a');
    await module.get(Users).find('a');
    expect(module.get(Users).runs).to.equal(2);
    await module.close();
  });
});
