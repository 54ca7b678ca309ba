import { types } from 'node:util';

type Accessor<T> = (this: unknown) => T;

/** The getter of a built-in itself: own properties and subclasses can shadow the property, not this. */
function getter<T>(prototype: object, name: string): Accessor<T> {
  return Object.getOwnPropertyDescriptor(prototype, name)!.get as Accessor<T>;
}

const TYPED_ARRAY: object = Object.getPrototypeOf(Uint8Array.prototype);
const href = getter<string>(URL.prototype, 'href');

interface View {
  readonly buffer: Accessor<ArrayBuffer>;
  readonly byteOffset: Accessor<number>;
  readonly byteLength: Accessor<number>;
}

function viewOf(prototype: object): View {
  return {
    buffer: getter(prototype, 'buffer'),
    byteOffset: getter(prototype, 'byteOffset'),
    byteLength: getter(prototype, 'byteLength'),
  };
}

/** `undefined` when the bytes are gone: transferred to another thread, or cut off. */
function bytesText(name: string, bytesOf: () => Buffer): string | undefined {
  try {
    return `${name}("${bytesOf().toString('base64url')}")`;
  } catch {
    return undefined;
  }
}

function viewed(view: View, value: object): Buffer {
  return Buffer.from(view.buffer.call(value), view.byteOffset.call(value), view.byteLength.call(value));
}

function regExpText(value: RegExp): string | undefined {
  const at: unknown = value.lastIndex;
  if (typeof at !== 'number') return undefined;
  const flags = getter<string>(RegExp.prototype, 'flags').call(value);
  const source = getter<string>(RegExp.prototype, 'source').call(value);
  return `RegExp(${JSON.stringify(source)},"${flags}"${at === 0 ? '' : `,${at}`})`;
}

function urlText(value: object): string | undefined {
  try {
    return `URL(${JSON.stringify(href.call(value))})`;
  } catch {
    return undefined; // made with Object.create: no URL inside
  }
}

const views = viewOf(TYPED_ARRAY);
const dataViews = viewOf(DataView.prototype);

/** By prototype: a subclass is another class. Each checks the brand too, since anything can be given any prototype. */
const TEXTS = new Map<object, (value: object) => string | undefined>([
  [Date.prototype, (value) => (types.isDate(value) ? `Date(${Date.prototype.getTime.call(value)})` : undefined)],
  [RegExp.prototype, (value) => (types.isRegExp(value) ? regExpText(value) : undefined)],
  [URL.prototype, urlText],
  [
    ArrayBuffer.prototype,
    (value) => (types.isArrayBuffer(value) ? bytesText('ArrayBuffer', () => Buffer.from(value)) : undefined),
  ],
  [
    DataView.prototype,
    (value) => (types.isDataView(value) ? bytesText('DataView', () => viewed(dataViews, value)) : undefined),
  ],
  ...typedArrays(),
]);

function typedArrays(): [object, (value: object) => string | undefined][] {
  const named = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
    Buffer,
  ];
  return named.map(({ prototype, name }) => [
    prototype,
    (value) => (types.isTypedArray(value) ? bytesText(name, () => viewed(views, value)) : undefined),
  ]);
}

/** Whether a built-in carries properties that its text would not show. Typed arrays are taken by type and bytes. */
export function hasExtras(value: object): boolean {
  if (types.isTypedArray(value)) return false;
  const keys = Reflect.ownKeys(value);
  return keys.length > (types.isRegExp(value) ? 1 : 0);
}

/** Whether there are texts for what has this prototype, if it is what it seems. */
export function hasText(prototype: object): boolean {
  return TEXTS.has(prototype);
}

/** `Date(0)`, `RegExp("a","g")`, `Buffer("AQI")`: the text of a built-in without parts or extras; `undefined` when it is none. */
export function builtinText(value: object, prototype: object): string | undefined {
  return TEXTS.get(prototype)?.(value);
}
