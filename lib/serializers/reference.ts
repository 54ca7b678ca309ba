import type { Serializer } from '../contracts/serializer.js';

/** Keeps the value itself: nothing is copied, and everybody who reads it shares one object. Memory only. */
export const reference: Serializer = {
  name: 'reference',
  wire: 'reference',
  serialize: (value) => value,
  deserialize: (wire) => wire,
};
