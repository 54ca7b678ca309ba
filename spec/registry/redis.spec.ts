import { expect } from 'chai';
import { createCache, createRegistry } from '#lib/registry/create.js';
import type { CacheUrl } from '#lib/registry/config.js';
import { useRedis } from '../support/redis-server.js';

describe('a registry on Redis', () => {
  const PASSWORD = 'p@ss/w?rd#%';
  const server = useRedis({ password: PASSWORD });
  const url = (rest: string): CacheUrl => `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${server.port}${rest}`;

  it('writes where namespaces, database and URL say', async () => {
    const registry = createRegistry(
      { default: 'memory://', sessions: url('/2?ttl=1h&serializer=string') },
      { namespace: 'a:b' },
    );
    await registry.get('sessions').set('k', 'v');
    const client = server.client({ db: 2 });
    expect(await client.keys('*')).to.deep.equal(['a%3Ab:sessions:k']);
    expect(await client.get('a%3Ab:sessions:k')).to.equal('v');
    expect(await client.pttl('a%3Ab:sessions:k')).to.be.within(3_590_000, 3_600_000);
    await registry.close();
  });

  it('lets a created cache see the entries of the one it is made after', async () => {
    const registry = createRegistry({ default: { backend: 'redis', url: url('') } });
    const other = registry.create('default', { db: 3 });
    const same = registry.create('default', { ttl: '1h' });
    await registry.get().set('k', 1);
    expect(await same.get('k')).to.equal(1);
    expect(await other.get('k')).to.equal(undefined);
    await registry.close();
  });

  it('has bare keys without a registry', async () => {
    await using cache = createCache(url('/4'));
    await cache.set('k', 1);
    expect(await server.client({ db: 4 }).keys('*')).to.deep.equal(['k']);
  });

  it('connects with the first command, not before', async () => {
    const client = server.client();
    const connected = async (): Promise<number> => ((await client.client('LIST')) as string).trim().split('\n').length;
    const before = await connected();
    const registry = createRegistry({ default: url('') });
    const cache = registry.get();
    expect(await connected()).to.equal(before);
    await cache.get('k');
    expect(await connected()).to.equal(before + 1);
    await registry.close();
  });
});
