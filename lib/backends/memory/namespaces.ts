import { FIRST_SLOT } from './eviction/eviction-policy.js';

/** The entries of one namespace, in no particular order. */
interface Namespace {
  readonly name: string;
  readonly id: number;
  readonly slots: number[];
}

type Candidates = readonly [slots: readonly number[], certain: boolean];

/**
 * Which slots belong to which namespace, so that clearing one does not walk over all others. A store with a single namespace,
 * which is nearly every store, has no need of that: nothing is noted before there is a second one.
 */
export class Namespaces {
  /** The name of the only one; `undefined` = there is none yet, or there are several. */
  #only: string | undefined;
  #several: Several | undefined;
  #reserved = FIRST_SLOT;

  reserve(slots: number): void {
    this.#reserved = slots;
    this.#several?.reserve(slots);
  }

  /** @param slots of all entries, by their keys */
  added(slot: number, name: string, slots: ReadonlyMap<string, number>): void {
    if (this.#several !== undefined) return this.#several.add(slot, name);
    this.#only ??= name;
    if (name === this.#only) return;
    const several = new Several(this.#reserved);
    for (const other of slots.values()) if (other !== slot) several.add(other, this.#only);
    several.add(slot, name);
    this.#several = several;
    this.#only = undefined;
  }

  removed(slot: number): void {
    this.#several?.remove(slot);
  }

  /** Only when there are no entries. */
  reset(): void {
    this.#only = undefined;
    this.#several = undefined;
    this.#reserved = FIRST_SLOT;
  }

  /** Whether every key there is begins with the prefix. */
  allWithin(prefix: string): boolean {
    return this.#only === undefined ? prefix === '' : this.#only.startsWith(prefix);
  }

  /**
   * The slots of the keys that may begin with the prefix, with whether it is certain that they do. They can be removed on the way.
   * @param slots of all entries, by their keys
   */
  candidates(prefix: string, slots: ReadonlyMap<string, number>): Iterable<Candidates> {
    if (this.#several !== undefined) return this.#several.candidates(prefix);
    return this.#only !== undefined && prefix.startsWith(this.#only) ? [[[...slots.values()], false]] : [];
  }
}

class Several {
  readonly #byName = new Map<string, Namespace>();
  readonly #byId: (Namespace | undefined)[] = [];
  readonly #freeIds: number[] = [];
  /** The namespace of a slot, and where it stands there. */
  #ids: Uint32Array;
  #places: Uint32Array;
  #last: Namespace | undefined;

  constructor(slots: number) {
    this.#ids = new Uint32Array(slots);
    this.#places = new Uint32Array(slots);
  }

  reserve(slots: number): void {
    const [ids, places] = [new Uint32Array(slots), new Uint32Array(slots)];
    ids.set(this.#ids);
    places.set(this.#places);
    this.#ids = ids;
    this.#places = places;
  }

  add(slot: number, name: string): void {
    const namespace = this.#last?.name === name ? this.#last : (this.#last = this.#called(name));
    this.#ids[slot] = namespace.id;
    this.#places[slot] = namespace.slots.push(slot) - 1;
  }

  /** The last one takes its place. */
  remove(slot: number): void {
    const namespace = this.#byId[this.#ids[slot]!]!;
    const place = this.#places[slot]!;
    const last = namespace.slots.pop()!;
    if (last !== slot) {
      namespace.slots[place] = last;
      this.#places[last] = place;
    }
    if (namespace.slots.length === 0) this.#forget(namespace);
  }

  *candidates(prefix: string): Iterable<Candidates> {
    for (const { name, slots } of this.#byName.values()) {
      if (name.startsWith(prefix)) yield [[...slots], true];
      else if (prefix.startsWith(name)) yield [[...slots], false];
    }
  }

  #called(name: string): Namespace {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const namespace: Namespace = { name, id: this.#freeIds.pop() ?? this.#byId.length, slots: [] };
    this.#byName.set(name, namespace);
    this.#byId[namespace.id] = namespace;
    return namespace;
  }

  #forget(namespace: Namespace): void {
    this.#byName.delete(namespace.name);
    this.#byId[namespace.id] = undefined;
    this.#freeIds.push(namespace.id);
    if (this.#last === namespace) this.#last = undefined;
  }
}
