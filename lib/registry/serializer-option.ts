import type { Serializer, WireKind } from '../contracts/serializer.js';
import { ConfigError } from '../errors.js';
import { SERIALIZER_NAMES, serializerByName } from '../serializers/by-name.js';
import { fits, integersMistake } from '../serializers/fits.js';
import { choiceReader, objectReader, readName, type Reader } from './readers.js';

const readKnownName = choiceReader(SERIALIZER_NAMES);
const readObject = objectReader<Serializer>(['serialize', 'deserialize']);

export const readWire = choiceReader<WireKind>(['reference', 'text', 'bytes']);

/** A serializer by its name, or an object that is one. */
export const readSerializer: Reader<Serializer> = (value, path) => {
  if (typeof value === 'string') return serializerByName(readKnownName(value, path));
  const serializer = readObject(value, path);
  readName(serializer.name, `${path}.name`);
  readWire(serializer.wire, `${path}.wire`);
  const mistake = integersMistake(serializer.decimalIntegers);
  if (mistake !== undefined) throw new ConfigError(`${path}${mistake}`);
  return serializer;
};

/** @throws ConfigError when what the serializer makes is not what the backend can hold */
export function checkFit(serializer: Serializer, held: WireKind, backend: string, path: string): void {
  if (fits(serializer.wire, held)) return;
  throw new ConfigError(
    `${path} makes ${serializer.wire}, but backend ${backend} holds ${held}; choose another serializer, for example json`,
  );
}
