/** What has to leave the middle tier: these keys, or all that begin with a prefix. */
export type Scope = { readonly keys: readonly string[] } | { readonly prefix: string };

/** A change of the store of record that the middle tier has not followed yet. */
export interface Debt {
  readonly scope: Scope;
  readonly namespace: string;
}

/** Beyond so many keys whole namespaces are owed. */
const MOST_KEYS = 10_000;

/**
 * What the middle tier may hold though it is outdated. A change is owed from its beginning until the tier has dropped what it
 * concerns; meanwhile this process reads past the tier.
 */
export class Debts {
  readonly #keys = new Map<string, number>();
  readonly #prefixes = new Map<string, number>();
  readonly #overdue = new Set<Debt>();
  #overdueKeys = 0;

  /** Those whose payment failed, oldest first. */
  get overdue(): ReadonlySet<Debt> {
    return this.#overdue;
  }

  owes(key: string): boolean {
    if (this.#keys.size > 0 && this.#keys.has(key)) return true;
    for (const prefix of this.#prefixes.keys()) if (key.startsWith(prefix)) return true;
    return false;
  }

  begin(scope: Scope, namespace: string): Debt {
    if ('prefix' in scope) this.#prefixes.set(scope.prefix, (this.#prefixes.get(scope.prefix) ?? 0) + 1);
    else for (const key of scope.keys) this.#keys.set(key, (this.#keys.get(key) ?? 0) + 1);
    return { scope, namespace };
  }

  paid({ scope }: Debt): void {
    if ('prefix' in scope) uncount(this.#prefixes, scope.prefix);
    else for (const key of scope.keys) uncount(this.#keys, key);
  }

  failed(debt: Debt): void {
    this.#overdue.add(debt);
    if ('prefix' in debt.scope) return;
    this.#overdueKeys += debt.scope.keys.length;
    if (this.#overdueKeys > MOST_KEYS) this.#generalize();
  }

  /** An overdue one is paid at last. */
  settled(debt: Debt): void {
    if (!this.#overdue.delete(debt)) return;
    if ('keys' in debt.scope) this.#overdueKeys -= debt.scope.keys.length;
    this.paid(debt);
  }

  /** Too many keys to remember: what is owed is everything in their namespaces. */
  #generalize(): void {
    const namespaces = new Set<string>();
    for (const debt of this.#overdue) if ('keys' in debt.scope && debt.namespace !== '') namespaces.add(debt.namespace);
    const general = [...namespaces].map((namespace) => this.begin({ prefix: namespace }, namespace));
    for (const debt of this.#overdue) if (namespaces.has(debt.namespace) && 'keys' in debt.scope) this.settled(debt);
    for (const debt of general) this.#overdue.add(debt);
    // Of bare keys the namespace is all that the tier holds, and some of it may be another program's: the oldest have to
    // end by their lifetime.
    for (const debt of this.#overdue) {
      if (this.#overdueKeys <= MOST_KEYS) break;
      if ('keys' in debt.scope) this.settled(debt);
    }
  }
}

function uncount(counts: Map<string, number>, name: string): void {
  const left = (counts.get(name) ?? 0) - 1;
  if (left > 0) counts.set(name, left);
  else counts.delete(name);
}
