import type { Serializer, WireKind } from '../contracts/serializer.js';
import { ConfigError } from '../errors.js';
import { SERIALIZER_NAMES, serializerByName } from '../serializers/by-name.js';
import { fits } from '../serializers/fits.js';
import { choiceOption, member, objectOption, textOption, type Option } from './option.js';

const byName = choiceOption(SERIALIZER_NAMES);
const byObject = objectOption<Serializer>(['serialize', 'deserialize']);
const wireOption = choiceOption<WireKind>(['reference', 'text', 'bytes']);

/** A serializer by its name, or an object that is one. */
export const serializerOption: Option<Serializer> = {
  read(value, path) {
    if (typeof value === 'string') return serializerByName(byName.read(value, path));
    const serializer = byObject.read(value, path);
    textOption.read(serializer.name, member(path, 'name'));
    wireOption.read(serializer.wire, member(path, 'wire'));
    return serializer;
  },
  fromText: byName.fromText,
};

/** @throws ConfigError when what the serializer makes is not what the backend can hold */
export function checkFit(serializer: Serializer, held: WireKind, backend: string, path: string): void {
  if (fits(serializer.wire, held)) return;
  throw new ConfigError(
    `${path} makes ${serializer.wire}, but backend ${backend} holds ${held}; choose another serializer, for example json`,
  );
}
