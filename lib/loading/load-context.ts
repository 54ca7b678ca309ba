import type { LoadContext } from '../contracts/loading.js';
import { parseLimit, type Ttl } from '../util/duration.js';
import { readTags } from './tag-names.js';

/** Where a load's signal comes from. */
interface SignalSource {
  readonly signal: AbortSignal;
}

/** What one run of a loader is told, and what it decided. */
export class LoaderContext implements LoadContext {
  ttl: Ttl | undefined = undefined;
  tags: readonly string[] | undefined = undefined;
  skipped = false;
  readonly #source: SignalSource;

  constructor(
    readonly key: string,
    source: SignalSource,
    readonly stale: unknown,
  ) {
    this.#source = source;
  }

  get signal(): AbortSignal {
    return this.#source.signal;
  }

  /** A getter, as `skip` is, so that loaders can take both out of the context: `({ setTtl }) => …`. */
  get setTtl(): (ttl: Ttl) => void {
    return (ttl) => {
      parseLimit(ttl, 'setTtl');
      this.ttl = ttl;
    };
  }

  get setTags(): (tags: readonly string[]) => void {
    return (tags) => {
      this.tags = [...(this.tags ?? []), ...readTags(tags, 'setTags', undefined)];
    };
  }

  get skip(): () => void {
    return () => {
      this.skipped = true;
    };
  }
}
