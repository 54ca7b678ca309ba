import 'reflect-metadata';
import {
  type CanActivate,
  Controller,
  Get,
  Injectable,
  type MiddlewareConsumer,
  Module,
  type NestMiddleware,
  type NestModule,
  Param,
  Scope,
  UseGuards,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Cache, Cached } from 'cachewright';
import { CacheModule, getCacheToken } from 'cachewright/nest';
import { expect } from 'chai';

describe('decorated methods in Nest over HTTP', () => {
  @Injectable()
  class Guard implements CanActivate {
    @Cached({ key: (id: string) => id })
    async allowed(id: string): Promise<boolean> {
      return id !== 'nobody';
    }

    canActivate(): Promise<boolean> {
      return this.allowed('guarded');
    }
  }

  @Controller('users')
  @UseGuards(Guard)
  class UsersController {
    @Get(':id')
    @Cached({ key: (id: string) => `route:${id}` })
    async show(@Param('id') id: string): Promise<{ id: string }> {
      return { id };
    }
  }

  @Controller({ path: 'request', scope: Scope.REQUEST })
  class RequestController {
    @Get(':id')
    @Cached({ key: (id: string) => `request:${id}` })
    async show(@Param('id') id: string): Promise<{ id: string }> {
      return { id };
    }
  }

  @Injectable()
  class Tagging implements NestMiddleware {
    @Cached({ key: (id: string) => id })
    async tag(id: string): Promise<string> {
      return `tag ${id}`;
    }

    async use(_request: unknown, _response: unknown, next: () => void): Promise<void> {
      await this.tag('tagged');
      next();
    }
  }

  @Module({
    imports: [CacheModule.forRoot({ caches: { default: { backend: 'memory' } } })],
    controllers: [UsersController, RequestController],
  })
  class HttpModule implements NestModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer.apply(Tagging).forRoutes(UsersController);
    }
  }

  it('find it in controllers, guards and middleware', async () => {
    const app = await NestFactory.create(HttpModule, { logger: false, abortOnError: false });
    try {
      await app.listen(0, '127.0.0.1');
      const url = await app.getUrl();
      for (const path of ['users/7', 'request/8']) {
        expect(await (await fetch(`${url}/${path}`)).json()).to.eql({ id: path.slice(-1) });
      }
      const cache = app.get<Cache>(getCacheToken());
      const entries = await cache.multiGet(['guarded', 'tagged', 'route:7', 'request:8']);
      expect(entries).to.eql([true, 'tag tagged', { id: '7' }, { id: '8' }]);
    } finally {
      await app.close();
    }
  });
});
