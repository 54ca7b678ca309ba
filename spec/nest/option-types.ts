// Compiled, never run: what may be written in the options of the module, and what may not.
import type { Cache, CacheRegistry, Plugin, Serializer } from 'cachewright';
import {
  CacheModule,
  type CacheModuleOptions,
  type CacheOptionsFactory,
  InjectCache,
  InjectCacheRegistry,
} from 'cachewright/nest';
import type { FakeClock } from 'cachewright/testing';

declare const clock: FakeClock;
declare const plugin: Plugin;
declare const serializer: Serializer;
declare class AuditPlugin implements Plugin {
  readonly name: string;
  constructor(log: object);
}
declare abstract class Packed implements Serializer {
  readonly name: string;
  readonly wire: 'bytes';
  serialize(value: unknown): Uint8Array;
  deserialize(wire: unknown): unknown;
}
declare class Settings implements CacheOptionsFactory {
  createCacheOptions(): Promise<CacheModuleOptions>;
}
class Dto {}

export class Injected {
  @InjectCache('sessions') readonly sessions!: Cache;

  constructor(
    @InjectCache() readonly cache: Cache,
    @InjectCacheRegistry() readonly registry: CacheRegistry,
  ) {}
}

export function allowed(): void {
  CacheModule.forRoot({
    caches: {
      default: {
        backend: 'memory',
        plugins: ['timing', plugin, AuditPlugin, Symbol('audit'), 'audit'],
        serializer: Packed,
      },
      sessions: { backend: 'redis', url: 'redis://localhost', serializer: 'msgpack', ttl: '30m' },
      pages: 'redis://localhost/1?ttl=30s',
      own: { backend: 'memory', serializer, maxEntries: 5 },
    },
    namespace: 'shop',
    clock,
    dataClasses: [Dto],
    failFast: true,
    isGlobal: false,
  });
  CacheModule.forRootAsync({
    names: ['sessions'],
    inject: [Settings, { token: 'other', optional: true }],
    useFactory: async (settings: Settings, _other: string | undefined) => settings.createCacheOptions(),
  });
  CacheModule.forRootAsync({ imports: [], useClass: Settings, isGlobal: false });
  CacheModule.forRootAsync({ useExisting: Settings });
  CacheModule.forRootAsync({ useExisting: 'settings' });
  CacheModule.forFeature({ pages: { backend: 'memory', plugins: [AuditPlugin] }, more: 'memory://' });
}

export function refused(): void {
  // @ts-expect-error there is always a default
  CacheModule.forRoot({ caches: { sessions: { backend: 'memory' } } });
  // @ts-expect-error misspelt
  CacheModule.forRoot({ caches: { default: { backend: 'memory' } }, failfast: true });
  // @ts-expect-error an option of another backend
  CacheModule.forRoot({ caches: { default: { backend: 'memory', url: 'redis://localhost' } } });
  // @ts-expect-error no unit
  CacheModule.forRoot({ caches: { default: { backend: 'memory', ttl: '5 minutes' } } });
  // @ts-expect-error no serializer
  CacheModule.forRoot({ caches: { default: { backend: 'memory', serializer: Dto } } });
  // @ts-expect-error exactly one source
  CacheModule.forRootAsync({ useClass: Settings, useExisting: Settings });
  // @ts-expect-error no source
  CacheModule.forRootAsync({ names: [] });
  // @ts-expect-error what Nest injects goes with useFactory
  CacheModule.forRootAsync({ useClass: Settings, inject: [Settings] });
  // @ts-expect-error not outside
  CacheModule.forRootAsync({ useClass: Settings, failFast: true });
  // @ts-expect-error misspelt
  CacheModule.forFeature({ pages: { backend: 'memory', tll: 1 } });
}
