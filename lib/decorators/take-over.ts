interface MetadataReflection {
  getOwnMetadataKeys?(target: object): unknown[];
  getOwnMetadata?(key: unknown, target: object): unknown;
  defineMetadata?(key: unknown, value: unknown, target: object): void;
}

/** Makes `replacement` look like `original`: `length`, `name`, own properties, and what decorators below have put into reflected metadata. */
export function takeOver(original: object, replacement: object): void {
  for (const key of Reflect.ownKeys(original)) {
    const own = Object.getOwnPropertyDescriptor(replacement, key);
    if (own === undefined || own.configurable === true) {
      Object.defineProperty(replacement, key, Object.getOwnPropertyDescriptor(original, key)!);
    }
  }
  const reflect = Reflect as MetadataReflection; // extended by reflect-metadata, where that is loaded
  for (const key of reflect.getOwnMetadataKeys?.(original) ?? []) {
    reflect.defineMetadata?.(key, reflect.getOwnMetadata?.(key, original), replacement);
  }
}
