// Run as a process of its own by slots.spec: here the classes are there before cachewright/nest is.
import 'reflect-metadata';
import { Inject, Injectable, Scope } from '@nestjs/common';
import { ModuleRef, NestFactory } from '@nestjs/core';
import { type Cache, Cached, defaultRegistry } from 'cachewright';
import { moduleOf } from './boot.js';

class Users {
  @Cached({ key: (id: string) => id })
  async find(id: string): Promise<string> {
    return id;
  }
}

@Injectable()
class Auditors extends Users {
  @Inject(ModuleRef) readonly moduleRef!: ModuleRef;
}

@Injectable({ scope: Scope.REQUEST })
class RequestAuditors extends Auditors {}

@Injectable({ scope: Scope.TRANSIENT })
class TransientAuditors extends Auditors {}

@Injectable({ scope: Scope.TRANSIENT })
class LooseAuditors extends Auditors {}

@Injectable()
class Holder {
  constructor(@Inject(TransientAuditors) readonly auditors: TransientAuditors) {}
}

const { CacheModule, getCacheToken } = await import('cachewright/nest');
const root = CacheModule.forRoot({ caches: { default: { backend: 'memory' } } });
const providers = [Users, Auditors, RequestAuditors, TransientAuditors, LooseAuditors, Holder];
const app = await NestFactory.createApplicationContext(moduleOf({ imports: [moduleOf({ providers }), root] }), {
  logger: false,
});
const cache = app.get<Cache>(getCacheToken());

const found: Record<string, boolean> = {};
const instances: Record<string, Users> = {
  singleton: app.get(Users),
  subclass: app.get(Auditors),
  request: await app.resolve(RequestAuditors),
  transient: await app.resolve(TransientAuditors),
  loose: await app.resolve(LooseAuditors),
  held: app.get(Holder).auditors,
};
for (const [id, instance] of Object.entries(instances)) {
  await instance.find(id);
  const moduleRef = instance instanceof Auditors ? instance.moduleRef : app.get(ModuleRef);
  found[id] = (await cache.exists(id)) && !(await defaultRegistry().get().exists(id)) && moduleRef instanceof ModuleRef;
}
console.log(JSON.stringify(found));
await app.close();
