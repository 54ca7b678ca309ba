import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { expect } from 'chai';
import * as cachewright from 'cachewright';
import { CacheError, ConfigError, UnknownCacheError, isCacheError } from 'cachewright';

const CODES = {
  ConfigError: 'ERR_CACHE_CONFIG',
  UnknownCacheError: 'ERR_CACHE_UNKNOWN_CACHE',
  NoRegistryError: 'ERR_CACHE_NO_REGISTRY',
  CommandTimeoutError: 'ERR_CACHE_COMMAND_TIMEOUT',
  LoaderTimeoutError: 'ERR_CACHE_LOADER_TIMEOUT',
  BackendError: 'ERR_CACHE_BACKEND',
  BackendUnavailableError: 'ERR_CACHE_BACKEND_UNAVAILABLE',
  SerializationError: 'ERR_CACHE_SERIALIZATION',
  InvalidKeyError: 'ERR_CACHE_INVALID_KEY',
  NotANumberError: 'ERR_CACHE_NOT_A_NUMBER',
  UnsupportedCommandError: 'ERR_CACHE_UNSUPPORTED_COMMAND',
  LockError: 'ERR_CACHE_LOCK',
  ConflictError: 'ERR_CACHE_CONFLICT',
  CacheClosedError: 'ERR_CACHE_CLOSED',
} as const;

const NAMES = Object.keys(CODES) as (keyof typeof CODES)[];

/** Such as a driver throws: the command with its arguments, the options it connected with, and a nested cause. */
function vendorError(): Error {
  const error = new Error('connect to redis://app:hunter2@db.example:6379/0 failed', { cause: new Error('hunter2') });
  error.name = 'ReplyError';
  return Object.assign(error, {
    code: 'ECONNREFUSED',
    command: { name: 'set', args: ['session:1', 'hunter2'] },
    options: { password: 'hunter2' },
  });
}

/** What can be thrown and fails whoever looks at it. */
function hostile(): object[] {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const closed = new Proxy(new Error('no'), {
    get: () => {
      throw new TypeError('do not look');
    },
  });
  return [proxy, closed, Object.assign(new Error(), { message: 42 })];
}

describe('errors', () => {
  for (const name of NAMES) {
    it(`${name} has the code ${CODES[name]}`, () => {
      const error = new cachewright[name]('no', { cache: 'sessions' });
      expect(error).to.be.instanceOf(CacheError).and.instanceOf(Error);
      expect(error).to.include({ name, code: CODES[name], cache: 'sessions', message: 'no' });
      expect(error).not.to.have.property('cause');
      expect(error.stack).to.match(new RegExp(`^${name}: no\\n`));
    });
  }

  it('are all in that table', () => {
    const classes = Object.values(cachewright).filter(
      (value) => typeof value === 'function' && value.prototype instanceof CacheError,
    ) as { readonly name: string }[];
    expect(classes.map(({ name }) => name)).to.have.members(NAMES);
  });

  it('carry no cache where there is none', () => {
    expect(new ConfigError('no').cache).to.equal(undefined);
  });

  describe('isCacheError', () => {
    it('tells ours from others', () => {
      expect(isCacheError(new ConfigError('no'))).to.equal(true);
      const others = [new Error('no'), { code: 'ERR_CACHE_CONFIG' }, null, undefined, 'ERR_CACHE_CONFIG', () => 1];
      expect(others.filter((other) => isCacheError(other))).to.deep.equal([]);
    });

    it('says no of what does not let itself be looked at', () => {
      expect(hostile().map((thrown) => isCacheError(thrown, 'ERR_CACHE_CONFIG'))).to.deep.equal([false, false, false]);
    });

    it('tells them apart by code', () => {
      const error: unknown = new UnknownCacheError('no');
      expect(isCacheError(error, 'ERR_CACHE_UNKNOWN_CACHE')).to.equal(true);
      expect(isCacheError(error, 'ERR_CACHE_CONFIG')).to.equal(false);
      if (isCacheError(error, 'ERR_CACHE_UNKNOWN_CACHE')) {
        const code: 'ERR_CACHE_UNKNOWN_CACHE' = error.code;
        expect(code).to.equal(error.code);
      }
    });

    describe('with a second copy of the package', () => {
      let folder: string;

      before(async () => {
        folder = await mkdtemp(join(tmpdir(), 'cachewright-errors-'));
        const dist = dirname(createRequire(import.meta.url).resolve('cachewright'));
        await cp(dist, join(folder, 'dist'), { recursive: true });
        await writeFile(join(folder, 'package.json'), '{"type":"module"}');
      });

      after(() => rm(folder, { recursive: true }));

      it('knows the errors of the other', async () => {
        const url = pathToFileURL(join(folder, 'dist', 'index.js')).href;
        const copy = (await import(url)) as typeof cachewright;
        expect(copy.ConfigError).not.to.equal(ConfigError);
        const theirs: unknown = new copy.BackendError('no', { cause: vendorError() });
        expect(theirs).not.to.be.instanceOf(CacheError);
        expect(isCacheError(theirs, 'ERR_CACHE_BACKEND')).to.equal(true);
        expect(isCacheError(theirs, 'ERR_CACHE_CONFIG')).to.equal(false);
        expect(copy.isCacheError(new ConfigError('no'), 'ERR_CACHE_CONFIG')).to.equal(true);
      });
    });
  });

  describe('cause', () => {
    it('is a copy with name, message, code and stack', () => {
      const original = vendorError();
      const { cause } = new ConfigError('no', { cause: original });
      expect(cause).to.be.instanceOf(Error).and.not.equal(original);
      expect(cause).to.include({
        name: 'ReplyError',
        message: 'connect to redis://***@db.example:6379/0 failed',
        code: 'ECONNREFUSED',
      });
      expect((cause as Error).stack).to.include('errors.spec');
    });

    it('holds no secret at any depth', () => {
      const error = new ConfigError('no', { cause: vendorError() });
      expect(inspect(error, { depth: Infinity, showHidden: true }))
        .to.include('db.example')
        .and.not.include('hunter2');
      expect(JSON.stringify(error)).not.to.include('hunter2');
    });

    it('loses the userinfo of every URL in its message, whatever the password is made of', () => {
      const cause = new Error('redis://app:p@ss@a:6379,rediss://:p%40ss@b/0 and memcached://c:11211');
      const redacted = new ConfigError('no', { cause }).cause as Error;
      expect(redacted.message).to.equal('redis://***@a:6379,rediss://***@b/0 and memcached://c:11211');
    });

    it('is described, not kept, when it is no error', () => {
      const thrown = ['hunter2', { password: 'hunter2' }, null, 42];
      const causes = thrown.map((cause) => new ConfigError('no', { cause }).cause as Error);
      expect(causes.map(({ message }) => message)).to.deep.equal([
        'a thrown string',
        'a thrown object',
        'a thrown null',
        'a thrown number',
      ]);
    });

    it('is described when it does not let itself be looked at', () => {
      const causes = hostile().map((cause) => new ConfigError('no', { cause }).cause as Error);
      expect(causes.map(({ message }) => message)).to.deep.equal(Array(3).fill('a thrown object'));
    });

    it('is kept as it is when it is one of ours', () => {
      const cause = new UnknownCacheError('no');
      expect(new ConfigError('no', { cause }).cause).to.equal(cause);
    });
  });
});
