import type { BusMessage } from '../contracts/bus.js';

/** One key, prefix or tag. */
type Change =
  | { readonly kind: 'keys'; readonly prefix: ''; readonly text: string }
  | { readonly kind: 'prefix'; readonly prefix: string; readonly text: '' }
  | { readonly kind: 'tags'; readonly prefix: string; readonly text: string };

export const EVERYTHING: BusMessage = { kind: 'prefix', prefix: '' };
const EVERYTHING_ID = idOf({ kind: 'prefix', prefix: '', text: '' });

/** Grows with every change of the process, so that sets can be merged in any order. */
let latest = 0;

/** A set of changes that remembers which is newest. What is in it twice counts once. */
export class Changes {
  readonly #changes = new Map<string, { readonly change: Change; at: number }>();

  get size(): number {
    return this.#changes.size;
  }

  add(message: BusMessage): void {
    for (const change of changesIn(message)) this.#put(change, ++latest);
  }

  merge(others: Changes): void {
    for (const { change, at } of others.#changes.values()) this.#put(change, at);
  }

  /** More than `most` become "everything". */
  bound(most: number): void {
    if (this.size > most) this.add(EVERYTHING);
  }

  /** As few messages as there can be, newest first; so are the keys and the tags in one. */
  messages(): BusMessage[] {
    const messages: BusMessage[] = [];
    const lists = new Map<string, string[]>();
    const newestFirst = [...this.#changes.values()].sort((a, b) => b.at - a.at);
    for (const { kind, prefix, text } of newestFirst.map(({ change }) => change)) {
      if (kind === 'prefix') {
        messages.push({ kind, prefix });
        continue;
      }
      const listId = kind + prefix;
      const list = lists.get(listId);
      if (list !== undefined) {
        list.push(text);
        continue;
      }
      const texts = [text];
      lists.set(listId, texts);
      messages.push(kind === 'keys' ? { kind, keys: texts } : { kind, prefix, tags: texts });
    }
    return messages;
  }

  #put(change: Change, at: number): void {
    if (this.#changes.has(EVERYTHING_ID)) return;
    const id = idOf(change);
    if (id === EVERYTHING_ID) this.#changes.clear();
    const known = this.#changes.get(id);
    if (known === undefined) this.#changes.set(id, { change, at });
    else known.at = Math.max(known.at, at);
  }
}

function changesIn(message: BusMessage): Change[] {
  if (message.kind === 'prefix') return [{ kind: 'prefix', prefix: message.prefix, text: '' }];
  if (message.kind === 'keys') return message.keys.map((text) => ({ kind: 'keys', prefix: '', text }));
  const { prefix, tags } = message;
  return tags.map((text) => ({ kind: 'tags', prefix, text }));
}

function idOf({ kind, prefix, text }: Change): string {
  // The length keeps prefix and tag apart.
  return `${kind}:${prefix.length}:${prefix}${text}`;
}
