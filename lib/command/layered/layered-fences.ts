import type { BackendCall } from '../../contracts/backend.js';
import type { LoadedEntry, LoadFences, LoadToken } from '../../contracts/load-fences.js';
import type { Changes } from './changes.js';
import type { Middle } from './middle.js';
import type { Promotions } from './promotion.js';

/** The tokens of both, of which the lower one decides. */
interface Pair {
  readonly lower: LoadToken;
  readonly upper: LoadToken;
}

/** What is loaded is stored below if nobody invalidated it, and then above, under the same condition; where that fails, the copy is dropped. */
export function layeredFences(lower: LoadFences, middle: Middle, promotions: Promotions, changes: Changes): LoadFences {
  const upper = middle.backend.fences;

  const takeAbove = async (keys: readonly string[], call: BackendCall): Promise<readonly LoadToken[]> => {
    if (upper === undefined) return [];
    return middle.read((own) => upper.take(keys, own), call).catch(() => []);
  };

  /** Those whose copy has to be dropped. */
  const storeAbove = async (
    stored: readonly LoadedEntry[],
    ttlMs: number | undefined,
    call: BackendCall,
  ): Promise<readonly LoadedEntry[]> => {
    const watched = stored.filter(({ token }) => (token as Pair | undefined)?.upper !== undefined);
    if (upper === undefined || watched.length === 0 || ttlMs === 0) return stored;
    const own = watched.map((entry) => ({ ...entry, token: (entry.token as Pair).upper }));
    try {
      const done = await middle.read((call) => upper.store(own, ttlMs, middle.patience.readMs, call), call);
      return stored.filter((entry) => done[watched.indexOf(entry)] !== true);
    } catch {
      return stored;
    }
  };

  return {
    async take(keys, call) {
      const [below, above] = await Promise.all([lower.take(keys, call), takeAbove(keys, call)]);
      return below.map((token, index) =>
        token === undefined ? undefined : ({ lower: token, upper: above[index] } satisfies Pair),
      );
    },

    store(entries, ttlMs, withinMs, call) {
      const began = performance.now();
      const own = entries.map((entry) => ({ ...entry, token: (entry.token as Pair | undefined)?.lower }));
      return changes.make({
        scope: { keys: entries.map(({ key }) => key) },
        call,
        run: () => lower.store(own, ttlMs, withinMs, call),
        changed: (answers) => answers.includes(true),
        // What was loaded is stored where it counts, and nobody has to load it again.
        reports: false,
        follow: async (answers) => {
          const stored = entries.filter((_, index) => answers[index]);
          const lifetime = promotions.lifetime(ttlMs, performance.now() - began);
          const rest = await storeAbove(stored, lifetime, call);
          if (rest.length > 0) await changes.drop({ keys: rest.map(({ key }) => key) }, call);
        },
      });
    },
  };
}
