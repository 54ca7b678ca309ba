import { expect } from 'chai';
import { Cached, createCache } from 'cachewright';

describe('standard decorators', () => {
  it('are refused on #private methods, which nobody could find again', () => {
    expect(() => {
      class Users {
        @Cached()
        async #load(): Promise<number> {
          return 1;
        }
        get(): Promise<number> {
          return this.#load();
        }
      }
      return Users;
    }).to.throw(/^@Cached stands on #load, which nothing outside its class can find; put it on a public method/);
  });

  it('say so when a method is called on nothing before its class is known', async () => {
    class Detached {
      @Cached({ cache: createCache('memory://') })
      async find(id: number): Promise<number> {
        return id;
      }
    }
    const { find } = Detached.prototype;
    const error = await Reflect.apply(find, undefined, [1]).catch((failure: unknown) => failure);
    expect(error).to.have.property('code', 'ERR_CACHE_CONFIG');
    expect(error).to.have.property('message').that.includes('was not called on an instance');
  });
});
