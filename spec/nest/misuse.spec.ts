import 'reflect-metadata';
import { Cached, cachedMethod, ConfigError } from 'cachewright';
import { CacheModule, getCacheToken, InjectCache } from 'cachewright/nest';
import { Injectable } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { expect } from 'chai';
import { caught } from '../support/caught.js';
import { moduleOf, refusal, useApps } from './boot.js';

const caches = { default: { backend: 'memory' } } as const;

describe('CacheModule, used in another way than it is meant', () => {
  const boot = useApps();

  it('is no module without forRoot: decorated methods would use the default registry, and nobody would know', async () => {
    @Injectable()
    class Users {
      @Cached()
      async find(id: number): Promise<number> {
        return id;
      }
    }
    const error = await refusal({ imports: [CacheModule], providers: [Users] });
    expect(error).to.be.instanceOf(ConfigError);
    expect(error.message).to.equal(
      'CacheModule itself was imported, which has no caches; import what CacheModule.forRoot({ caches }), forRootAsync or forFeature answers',
    );
  });

  it('may be exported by the module that imports what forRoot answered', async () => {
    const Caches = moduleOf({ imports: [CacheModule.forRoot({ caches, isGlobal: false })], exports: [CacheModule] });
    @Injectable()
    class Users {
      constructor(@InjectCache() readonly cache: unknown) {}
    }
    const app = await boot({ imports: [Caches], providers: [Users] });
    expect(app.get(Users).cache).to.equal(app.get(getCacheToken()));
  });

  it('says that caches of a module that is loaded lazily come too late; its decorated methods are like all others', async () => {
    @Injectable()
    class Pages {
      runs = 0;
      @Cached()
      async find(): Promise<number> {
        return ++this.runs;
      }
    }
    const app = await boot({ imports: [CacheModule.forRoot({ caches })] });
    const loader = app.get(LazyModuleLoader);
    const late = moduleOf({ imports: [CacheModule.forFeature({ pages: { backend: 'memory' } })] });
    const error = await caught(loader.load(() => late));
    expect(error)
      .to.be.instanceOf(ConfigError)
      .with.property('message')
      .that.matches(/^CacheModule\.forFeature: caches\.pages comes too late, .*; name the cache in forRoot, or import/);
    const pages = (await loader.load(() => moduleOf({ providers: [Pages] }))).get(Pages);
    await pages.find();
    expect(await pages.find()).to.equal(1);
    expect(cachedMethod(pages, 'find').cache).to.equal(app.get(getCacheToken()));
  });

  const useFactory = (): object => ({ caches });
  class Settings {}
  const wrong: [options: object, message: string][] = [
    [{ useFactory: 5 }, 'options.useFactory is of type number; give a function that answers the options'],
    [{ useClass: 'Settings' }, 'options.useClass is of type string; give a class'],
    [{ useFactory, names: [5] }, 'options.names[0] is of type number; use a string'],
    [{ useFactory, names: ['a', ''] }, 'options.names[1] is empty; give it a name'],
    [{ useFactory, inject: 'Settings' }, 'options.inject is of type string; use an array'],
    [{ useFactory, imports: Settings }, 'options.imports is of type function; use an array'],
    [{ useClass: Settings, inject: [Settings] }, 'options.inject does nothing without useFactory; leave it out'],
    [{ useClass: Settings }, 'options: Settings has no createCacheOptions(); implement CacheOptionsFactory'],
    [
      { imports: [moduleOf({ providers: [Settings], exports: [Settings] })], useExisting: Settings },
      'options: Settings has no createCacheOptions(); implement CacheOptionsFactory',
    ],
  ];
  for (const [options, message] of wrong) {
    it(`forRootAsync: ${message}`, async () => {
      const error = await refusal({ imports: [CacheModule.forRootAsync(options as never)] });
      expect(error).to.be.instanceOf(ConfigError).with.property('message', `CacheModule.forRootAsync: ${message}`);
    });
  }

  it('injects nothing for a name that is none', () => {
    for (const [name, problem] of [
      [5, 'of type number; use a string'],
      [Symbol('x'), 'of type symbol; use a string'],
      ['', 'empty; give it a name'],
    ]) {
      for (const use of [getCacheToken, InjectCache]) {
        expect(() => use(name as string)).to.throw(ConfigError, `the name of a cache is ${String(problem)}`);
      }
    }
  });
});
