import { types } from 'node:util';

/** Longer argument lists are not worth a second look-up table. */
const MAX_LENGTH = 200;
const MAX_LAYOUTS = 16;
const MAX_NAMES = 32;

/** The property names of flat objects in the order they came, and sorted. Objects with the same names have the same `id`. */
interface Layout {
  readonly names: readonly string[];
  readonly sorted: readonly string[];
  readonly id: number;
}

/**
 * Short texts for the commonest argument lists of one method: primitives and flat plain objects. Much cheaper than the key,
 * since only this method's lists have to differ, and as strict: whatever is not plainly harmless has no signature.
 */
export class Signatures {
  readonly #layouts: Layout[] = [];
  #last: Layout | undefined;

  /** Equal only for equal lists; `undefined` = take the long way. */
  of(args: ArrayLike<unknown>): string | undefined {
    let text = '';
    for (let index = 0; index < args.length; index++) {
      const value = args[index];
      const part = typeof value === 'object' && value !== null ? this.#flatObject(value) : primitive(value);
      if (part === undefined) return undefined;
      text += part;
    }
    return text.length > MAX_LENGTH ? undefined : text;
  }

  #flatObject(value: object): string | undefined {
    if (types.isProxy(value)) return undefined;
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return undefined;
    const layout = this.#layoutOf(Object.getOwnPropertyNames(value));
    if (layout === undefined || Object.getOwnPropertySymbols(value).length > 0) return undefined;
    let text = `{${layout.id}:`;
    for (const name of layout.sorted) {
      const property = Object.getOwnPropertyDescriptor(value, name)!;
      // An accessor has no value here, so it takes the long way, where it is refused.
      if (property.value === undefined || property.enumerable !== true) return undefined;
      const part = primitive(property.value);
      if (part === undefined) return undefined;
      text += part;
    }
    return text;
  }

  #layoutOf(names: readonly string[]): Layout | undefined {
    if (this.#last !== undefined && sameList(names, this.#last.names)) return this.#last;
    const known = this.#layouts.find((layout) => sameList(names, layout.names)) ?? this.#learn(names);
    if (known !== undefined) this.#last = known;
    return known;
  }

  #learn(names: readonly string[]): Layout | undefined {
    if (this.#layouts.length === MAX_LAYOUTS || names.length > MAX_NAMES) return undefined;
    const sorted = [...names].sort();
    const twin = this.#layouts.find((layout) => sameList(sorted, layout.sorted));
    const layout = { names, sorted, id: twin?.id ?? this.#layouts.length };
    this.#layouts.push(layout);
    return layout;
  }
}

/** Self-delimiting, so that the texts of a list can be joined. */
function primitive(value: unknown): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.length > MAX_LENGTH ? undefined : `s${value.length}:${value}`;
    case 'number':
      return value === 0 && 1 / value < 0 ? undefined : `n${value};`;
    case 'boolean':
      return value ? 't' : 'f';
    case 'undefined':
      return 'u';
    default:
      return value === null ? '_' : undefined;
  }
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index++) if (one[index] !== other[index]) return false;
  return true;
}
