import { serializerConformance } from 'cachewright/testing';
import { json } from '#lib/serializers/json.js';
import { msgpack } from '#lib/serializers/msgpack.js';
import { reference } from '#lib/serializers/reference.js';
import { string } from '#lib/serializers/string.js';
import { v8 } from '#lib/serializers/v8.js';
import { quoted } from './quoted.js';

const BEYOND_JSON = [
  Number.NaN,
  -0,
  Infinity,
  10n ** 30n,
  new Date(0),
  /a+/gi,
  new Map([[{ a: 1 }, new Set([1, '1'])]]),
  Buffer.from([0, 255]),
  new Uint16Array([1, 65_535]),
  [undefined, null],
];

describe('serializer conformance', () => {
  serializerConformance('reference', { create: () => reference });
  serializerConformance('string', {
    create: () => string,
    values: ['', 'text', '42', 'null', 'grüße 👩‍👩‍👧 \u0000'],
  });
  serializerConformance('json', { create: () => json });
  serializerConformance('msgpack', { create: () => msgpack() });
  serializerConformance('v8', { create: () => v8, values: BEYOND_JSON });
  serializerConformance('v8 on what JSON keeps', { create: () => v8 });
  serializerConformance('one of the user', { create: () => quoted });
});
