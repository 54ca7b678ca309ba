import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ConfigError, SerializationError } from '#lib/errors.js';
import { SERIALIZER_NAMES, serializerByName } from '#lib/serializers/by-name.js';

describe('serializers by name', () => {
  it('are these, with these wires', () => {
    const wires = Object.fromEntries(SERIALIZER_NAMES.map((name) => [name, serializerByName(name).wire]));
    expect(wires).to.deep.equal({
      reference: 'reference',
      string: 'text',
      json: 'text',
      msgpack: 'bytes',
      v8: 'bytes',
    });
    for (const name of SERIALIZER_NAMES) expect(serializerByName(name).name).to.equal(name);
  });

  it('are refused where there is none of that name', () => {
    expect(() => serializerByName('jsno' as never)).to.throw(
      ConfigError,
      'serializerByName: there is no such serializer; did you mean "json"? use one of reference, string, json, msgpack, v8',
    );
    expect(() => serializerByName(undefined as never)).to.throw(ConfigError, 'there is no such serializer; use one of');
    expect(() => serializerByName('toString' as never)).to.throw(ConfigError, 'there is no such serializer');
  });

  it('load msgpackr when it is first used, not before', () => {
    const script = `
      import { createRequire } from 'node:module';
      import { serializerByName } from '#lib/serializers/by-name.js';
      const loaded = () => Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes('msgpackr'));
      const serializer = serializerByName('msgpack');
      const before = loaded();
      serializer.deserialize(serializer.serialize({}));
      console.log(before, loaded());`;
    const cwd = fileURLToPath(new URL('../../..', import.meta.url));
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd, encoding: 'utf8' });
    expect(output.trim()).to.equal('false true');
  });

  it('refuse in JSON what would leave nothing', () => {
    const json = serializerByName('json');
    for (const value of [(): void => undefined, Symbol('s'), { toJSON: () => undefined }]) {
      expect(() => json.serialize(value)).to.throw(SerializationError);
    }
  });

  it('write with string what String makes of it', () => {
    const string = serializerByName('string');
    expect(string.serialize(true)).to.equal('true');
    expect(string.serialize(null)).to.equal('null');
    expect(() => string.serialize(Object.create(null))).to.throw(SerializationError);
    expect(() => string.deserialize(Buffer.from('a'))).to.throw(SerializationError);
  });
});
