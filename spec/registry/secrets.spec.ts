import { inspect } from 'node:util';
import { expect } from 'chai';
import { Redis } from 'ioredis';
import { createCache, createRegistry } from '#lib/registry/create.js';
import type { CacheConfigs } from '#lib/registry/config.js';
import { SpiedFactory } from './spied-backend.js';

const CANARY = 'c4n4ry';

function everyView(thing: unknown): string {
  return [inspect(thing, { depth: Infinity, showHidden: true }), JSON.stringify(thing), String(thing)].join('\n');
}

describe('secrets in a configuration', () => {
  const client = new Redis({ lazyConnect: true, password: CANARY });
  after(() => client.disconnect());

  class Audit {
    readonly name = 'audit';
    readonly token = CANARY;
  }
  const caches = (): CacheConfigs => ({
    default: `redis://user:${CANARY}@127.0.0.1:1/2?ttl=30s`,
    split: `redis://user:${CANARY}@${CANARY}@127.0.0.1:1`,
    parts: { backend: 'redis', host: 'h', port: 1, username: CANARY, password: CANARY, ttl: '5m' },
    url: { backend: 'redis', url: `rediss://:${CANARY}@127.0.0.1:1` },
    tls: { backend: 'redis', host: 'h', tls: { key: CANARY, pfx: CANARY, passphrase: CANARY, servername: 'h' } },
    client: { backend: 'redis', client },
    own: {
      backend: new SpiedFactory(),
      plugins: ['timing', new Audit()],
      buildKey: (key) => key + CANARY,
      serializer: { name: 'mine', wire: 'text', serialize: () => CANARY, deserialize: () => CANARY },
      clock: { now: () => 0 },
    },
  });

  it('are not in the copy, which shows the rest', () => {
    const shown = createRegistry(caches()).config();
    expect(JSON.stringify(shown)).not.to.include(CANARY);
    expect(shown).to.deep.equal({
      default: 'redis://***@127.0.0.1:1/2?ttl=30s',
      split: 'redis://***@127.0.0.1:1',
      parts: { backend: 'redis', host: 'h', port: 1, username: '***', password: '***', ttl: '5m' },
      url: { backend: 'redis', url: 'rediss://***@127.0.0.1:1' },
      tls: { backend: 'redis', host: 'h', tls: { key: '***', pfx: '***', passphrase: '***', servername: 'h' } },
      client: { backend: 'redis', client: client.constructor.name },
      own: {
        backend: 'spied',
        plugins: ['timing', 'audit'],
        buildKey: 'buildKey',
        serializer: 'mine',
        clock: 'Object',
      },
    });
  });

  it('are not in the copy of any other backend, nor of tiers', () => {
    const login = { username: CANARY, password: CANARY };
    const url = `redis://${CANARY}:${CANARY}@h:1` as const;
    const registry = createRegistry({
      default: { tiers: [{ backend: 'memory' }, url], bus: { backend: 'redis', url } },
      three: {
        tiers: [
          { backend: 'memory' },
          {
            backend: 'redis',
            sentinels: ['h:1'],
            name: 'm',
            sentinelUsername: CANARY,
            sentinelPassword: CANARY,
            ...login,
          },
          { backend: 'dynamodb', table: 'carts', endpoint: `http://${CANARY}:${CANARY}@h` },
        ],
      },
      memcached: { backend: 'memcached', servers: ['h'], ...login },
      dynamodb: { backend: 'dynamodb', table: 'carts', credentials: { accessKeyId: CANARY, secretAccessKey: CANARY } },
    });
    expect(JSON.stringify(registry.config())).not.to.include(CANARY);
  });

  it('are hidden in URLs with white space that their parser skips', () => {
    for (const space of [' ', '\n', '\t', '\0', ' \r\n ']) {
      const url = `${space}redis://user:${CANARY}@127.0.0.1:1`;
      for (const text of [url, `redis:/\n/user:${CANARY}@127.0.0.1:1`]) {
        const registry = createRegistry({ default: { backend: 'redis', url: text } });
        expect(registry.config()).to.deep.equal({ default: { backend: 'redis', url: 'redis://***@127.0.0.1:1' } });
      }
      const endpoint = encodeURIComponent(`${space}http://${CANARY}:${CANARY}@h:1`);
      for (const text of [endpoint, endpoint.replaceAll('%20', '+')]) {
        const registry = createRegistry({ default: `memory://?namespace=${text}` });
        expect(JSON.stringify(registry.config())).to.include('***').and.not.to.include(CANARY);
      }
    }
  });

  it('do not hinder a copy of what refers to itself, or holds symbols', () => {
    const tls: Record<string, unknown> = { servername: 'h', mark: Symbol(CANARY) };
    Object.assign(tls, { self: tls, list: [tls] });
    const registry = createRegistry({ default: { backend: 'redis', host: 'h', tls } });
    expect(registry.config()).to.deep.equal({
      default: {
        backend: 'redis',
        host: 'h',
        tls: { servername: 'h', mark: 'symbol', self: 'circular', list: ['circular'] },
      },
    });
  });

  it('are hidden in a URL that stands in the query of another', () => {
    const inner = encodeURIComponent(`http://${CANARY}:${CANARY}@h:1`);
    const registry = createRegistry({ default: `dynamodb://carts?region=x&endpoint=${inner}&ttl=5s` });
    expect(registry.config()).to.deep.equal({
      default: `dynamodb://carts?region=x&endpoint=${encodeURIComponent('http://***@h:1')}&ttl=5s`,
    });
  });

  it('are not looked for in what is no URL', () => {
    const registry = createRegistry({ default: { backend: 'memory', namespace: '100%?of=5%' } });
    expect(registry.config()).to.deep.equal({ default: { backend: 'memory', namespace: '100%?of=5%' } });
  });

  it('cannot be changed, nor anything else, through the copy', () => {
    const registry = createRegistry({ default: { backend: 'memory', plugins: ['timing'], breaker: { after: 3 } } });
    const copy = registry.config() as { default: { plugins: string[]; breaker: { after: number }; ttl?: string } };
    copy.default.plugins.push('x');
    copy.default.breaker.after = 1;
    copy.default.ttl = '1s';
    expect(registry.config()).to.deep.equal({
      default: { backend: 'memory', plugins: ['timing'], breaker: { after: 3 } },
    });
  });

  it('are in no view of the registry, its caches and their errors', async () => {
    const registry = createRegistry(caches());
    const views = [everyView(registry)];
    for (const name of registry.names) {
      const cache = registry.get(name);
      views.push(everyView(cache));
      if (name === 'client' || name === 'own') continue;
      const error: unknown = await cache.get('k').catch((reason: unknown) => reason);
      views.push(everyView(error), error instanceof Error ? (error.stack ?? '') : '');
    }
    await registry.close();
    expect(views.join('\n')).not.to.include(CANARY);
  });

  const bad: readonly unknown[] = [
    `redis://u:${CANARY}@host:port`,
    `redis://u:${CANARY}@host/x`,
    `redis://u:${CANARY}#@host`,
    `redis://u:1/${CANARY}@host`,
    `redis://u:1?${CANARY}@host`,
    `redis://u:1?${CANARY}=1@host`,
    `redis://u:${CANARY}@host?ttl=x`,
    `redis://u:${CANARY}@host?tttl=${CANARY}`,
    `redis://h?password=${CANARY}`,
    `${CANARY}://h`,
    CANARY,
    { backend: CANARY },
    { backend: 'redis', password: { [CANARY]: 1 } },
    { backend: 'redis', url: CANARY },
    { backend: 'redis', url: `redis://u:${CANARY}@h`, password: CANARY },
    { backend: 'redis', url: `redis://u:${CANARY}@h?ttl=5s` },
    { backend: 'redis', password: CANARY, ttl: CANARY },
    { backend: 'redis', password: CANARY, serializer: CANARY },
    { backend: 'redis', password: CANARY, plugins: [CANARY] },
    { backend: 'redis', password: CANARY, isolation: CANARY },
    { backend: 'redis', password: CANARY, breaker: CANARY },
    { backend: 'redis', pasword: CANARY },
    { backend: 'redis', host: `redis://u:${CANARY}@h` },
    { backend: 'redis', host: `u:${CANARY}@h` },
    { backend: 'redis', cluster: [{ host: `u:${CANARY}@h`, port: 1 }] },
    { backend: 'redis', sentinels: [{ host: `redis://u:${CANARY}@h` }], name: 'm' },
    { backend: 'redis', cluster: ['h:1'], natMap: { [`u:${CANARY}@h:1`]: 'nowhere:x' } },
  ];
  for (const [index, config] of bad.entries()) {
    it(`are in no message about a mistake (${index})`, () => {
      try {
        createCache(config as never);
      } catch (error) {
        expect(everyView(error)).not.to.include(CANARY);
        return;
      }
      throw new Error('nothing was refused');
    });
  }
});
