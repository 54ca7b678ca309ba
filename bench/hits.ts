import { Cached, createCache } from 'cachewright';
import { measure, type Contestant, type Result } from './measure.js';
import { HandWritten, Origin, OURS, PEERS, type Item, type Query, type Service } from './services.js';

const IDS = 1_000;

export interface HitCase {
  readonly title: string;
  readonly results: readonly Result[];
}

type Call = (service: Service, index: number) => Promise<Item>;

const queries = Array.from({ length: IDS }, (_, id): Query => ({
  text: `word ${id}`,
  page: id % 7,
  exact: id % 2 === 0,
}));

const byId: Call = (service, index) => service.find(index % IDS);
const byObject: Call = (service, index) => service.search(queries[index % IDS]!);
/** Every tenth call asks for what nobody has asked for before. */
const tenthMissing: Call = (service, index) => service.find(index % 10 === 0 ? IDS + index : index % IDS);

/** CPU per call of a method whose result is in memory, against a hand-written one. */
export async function measureHits(quick: boolean): Promise<HitCase[]> {
  const how = { rounds: quick ? 5 : 11, count: quick ? 20_000 : 50_000 };
  const cases: [string, Call][] = [
    ['hit, `(id: number)`', byId],
    ['hit, an object argument', byObject],
    ['`(id: number)`, a tenth of the calls missing', tenthMissing],
  ];
  const results: HitCase[] = [];
  for (const [title, call] of cases) results.push({ title, results: await measure(contestants(call), how) });
  results.push({ title: 'hit, ten decorated methods in turn', results: await measure(tenMethods(), how) });
  return results;
}

function contestants(call: Call): Contestant[] {
  const classes = { 'hand-written Map': HandWritten, ...OURS, ...PEERS };
  return Object.entries(classes).map(([name, Class]) => {
    const service = new Class(new Origin());
    return {
      name,
      async run(count, from) {
        for (let index = from; index < from + count; index++) await call(service, index);
      },
    };
  });
}

const cache = createCache({ backend: 'memory', ttl: '1h' });

type Finder = Record<`find${number}`, (id: number) => Promise<Item>>;

/** A class with ten methods, each decorated by hand so that the list stays short. */
function decoratedFinder(): Finder {
  class Ten {}
  const decorate = Cached({ cache });
  for (let method = 0; method < 10; method++) {
    const name = `find${method}`;
    const descriptor = { configurable: true, writable: true, value: async (id: number) => ({ id, name }) };
    decorate(Ten.prototype, name, descriptor);
    Object.defineProperty(Ten.prototype, name, descriptor);
  }
  return new Ten() as unknown as Finder;
}

function handWrittenFinder(): Finder {
  const finder: Finder = {};
  for (let method = 0; method < 10; method++) {
    const service = new HandWritten(new Origin());
    finder[`find${method}`] = (id) => service.find(id);
  }
  return finder;
}

function tenMethods(): Contestant[] {
  const finders = { 'hand-written Map': handWrittenFinder(), cachewright: decoratedFinder() };
  return Object.entries(finders).map(([name, finder]) => ({
    name,
    async run(count, from) {
      const methods = Array.from({ length: 10 }, (_, method) => finder[`find${method}`]!.bind(finder));
      for (let index = from; index < from + count; index++) await methods[index % 10]!(index % IDS);
    },
  }));
}
