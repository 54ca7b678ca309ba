import { expect } from 'chai';
import { ConfigError } from 'cachewright';
import { asynchronous, countLoads, expectCached, expectNotCached, faulty, recorder } from 'cachewright/testing';
import { caught } from '../support/caught.js';

/** As untyped tests call them. A double that takes a misspelt name in silence lets a test pass that proves nothing. */
describe('doubles that are given something wrong', () => {
  const wrong: Record<string, [call: () => unknown, message: string]> = {
    'faulty, fail': [() => faulty().fail('gett' as never), 'faulty: the command is not known; did you mean "get"?'],
    'faulty, hang': [() => faulty().hang('gett' as never), 'faulty: the command is not known'],
    'faulty, delay': [() => faulty().delay('gett' as never, 1), 'faulty: the command is not known'],
    'faulty, dropReply': [() => faulty().dropReply(5 as never), 'faulty: the command is of type number'],
    'faulty, once': [() => faulty().once.fail('gett' as never), 'faulty: the command is not known'],
    'faulty, calls': [() => faulty().calls('gett' as never), 'faulty: the command is not known'],
    'faulty, corrupt': [() => faulty().corrupt('set' as never), 'corrupt: the command is not known'],
    'faulty, backend': [() => faulty({} as never), 'faulty: the backend is no Backend: it lacks get(),'],
    asynchronous: [() => asynchronous(undefined as never), 'asynchronous: the backend is of type undefined'],
    'recorder, options': [
      () => recorder({ valuse: true } as never),
      'recorder: options.valuse is no option of recorder',
    ],
    'recorder, null': [() => recorder(null as never), 'recorder: options is of type null; give { values: true }'],
    'recorder, commands': [() => recorder().commands('gett' as never), 'recorder: the command is not known'],
    'recorder, keys': [() => recorder().keys('gett' as never), 'recorder: the command is not known'],
    countLoads: [() => countLoads(undefined as never), 'countLoads: the loader is of type undefined; give a function'],
  };
  for (const [what, [call, message]] of Object.entries(wrong)) {
    it(`${what}: ${message}`, () => {
      expect(call).to.throw(ConfigError, message);
    });
  }

  it('expectCached and expectNotCached', async () => {
    for (const look of [expectCached, expectNotCached]) {
      for (const nothing of [undefined, null, {}, 'cache']) {
        expect(await caught(look(nothing as never, 'key')))
          .to.be.instanceOf(ConfigError)
          .with.property('message')
          .that.matches(/^expectCached and expectNotCached look into a cache/);
      }
    }
  });
});
