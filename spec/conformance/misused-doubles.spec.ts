import { expect } from 'chai';
import { ConfigError, localBus } from 'cachewright';
import {
  asynchronous,
  backendConformance,
  busConformance,
  cacheConformance,
  countLoads,
  expectCached,
  expectNotCached,
  faulty,
  recorder,
  serializerConformance,
} from 'cachewright/testing';
import { BACKEND_CASES } from '#lib/testing/backend/cases.js';
import { runBackendCase } from '#lib/testing/backend/conformance.js';
import { BUS_CASES } from '#lib/testing/bus/cases.js';
import { runBusCase } from '#lib/testing/bus/conformance.js';
import { caught } from '../support/caught.js';

const create: { create: () => never } = {
  create: () => {
    throw new Error('not to be called');
  },
};

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
    'faulty, damage': [() => faulty().corrupt('get', 5 as never), 'corrupt: the damage is of type number'],
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

  const suites: [call: () => void, message: string][] = [
    [() => backendConformance('x', {} as never), 'backendConformance: options.create is missing; give a function'],
    [() => backendConformance('x', undefined as never), 'backendConformance: options is of type undefined'],
    [() => backendConformance(undefined as never, create), 'backendConformance: the name is of type undefined'],
    [() => backendConformance('x', { create: 5 } as never), 'backendConformance: options.create is of type number'],
    [
      () => backendConformance('x', { ...create, exclusiv: true } as never),
      'backendConformance: options.exclusiv is no option of backendConformance; did you mean "exclusive"?',
    ],
    [
      () => backendConformance('x', { ...create, exclusive: 'yes' } as never),
      'backendConformance: options.exclusive is of type string; use true or false',
    ],
    [
      () => backendConformance('x', { ...create, clock: { now: () => 0 } } as never),
      'backendConformance: options.clock lacks advance()',
    ],
    [
      () => cacheConformance('x', { ...create, ttlResolution: 1_000 } as never),
      'cacheConformance: options.ttlResolution is no option of cacheConformance; did you mean "ttlResolutionMs"?',
    ],
    [() => cacheConformance('x', { ...create, values: [] }), 'cacheConformance: options.values is empty'],
    [
      () => serializerConformance('x', { ...create, value: [1] } as never),
      'serializerConformance: options.value is no option of serializerConformance; did you mean "values"?',
    ],
    [() => busConformance('x', { ...create, clock: 1 } as never), 'busConformance: options.clock is no option'],
  ];
  for (const [call, message] of suites) {
    it(message, () => {
      expect(call).to.throw(ConfigError, message);
    });
  }

  it('suites whose create() answers something else', async () => {
    for (const answer of [undefined, null, localBus(), [localBus()], [undefined, undefined]]) {
      expect(await caught(runBusCase(BUS_CASES[0]!, { create: () => answer as never })))
        .to.be.instanceOf(ConfigError)
        .with.property('message')
        .that.matches(/^busConformance: what create\(\) answered is no pair; let it answer \[one, other\]/);
    }
    for (const answer of [undefined, {}]) {
      expect(await caught(runBackendCase(BACKEND_CASES[0]!, { create: () => answer as never })))
        .to.be.instanceOf(ConfigError)
        .with.property('message')
        .that.matches(/^backendConformance: what create\(\) answered is /);
    }
  });

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
