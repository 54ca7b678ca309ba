import { expect } from 'chai';
import { Cached } from 'cachewright';
import { onDecoratedClass, SLOT } from '#lib/decorators/slot.js';

describe('standard decorators', () => {
  it('are what these specs are compiled with', () => {
    let kind: unknown;
    const spy = (_method: unknown, context: ClassMethodDecoratorContext): void => {
      kind = context.kind;
    };
    class Probe {
      @spy
      async find(): Promise<void> {}
    }
    void Probe;
    expect(kind).to.equal('method');
  });

  it('announce a class, and give it its slot, when it is first constructed', async () => {
    class Late {
      @Cached()
      async find(id: string): Promise<string> {
        return id;
      }
    }
    const told: unknown[] = [];
    onDecoratedClass((owner) => told.push(owner));
    expect(told).to.not.include(Late);
    expect(SLOT in Late.prototype).to.equal(false);
    expect(await new Late().find('1')).to.equal('1');
    expect(told).to.include(Late);
    expect(SLOT in Late.prototype).to.equal(true);
  });
});
