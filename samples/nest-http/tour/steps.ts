import type { AtlasCall } from '../places/atlas.js';
import type { Place, PlaceDetails } from '../places/place.js';
import type { Client } from './client.js';

/** One line of the table. */
export interface Step {
  readonly title: string;
  /** What the origin would be called for. */
  readonly kind: AtlasCall['kind'];
  /** How many requests `perform` sends. Default 1. */
  readonly requests?: number;
  /** What has to be done before the clock starts. */
  prepare?(client: Client): Promise<unknown>;
  /** Sends them, tells `answered` after each, and answers with what the last column shows. */
  perform(client: Client, answered: () => void): Promise<string>;
}

const ZURICH = 2657896;
const LONDON = 2643743;
const TOKYO = 1850147;
const PARIS = 2988507;
const OTHERS = [5128581, 3448439, 360630, 292223];
const HERD = 1000;

export const STEPS: readonly Step[] = [
  { title: 'search "zuri"', kind: 'search', perform: search('zuri') },
  { title: 'search "zuri" again', kind: 'search', perform: search('zuri') },
  { title: 'search "ZÜRI": same key', kind: 'search', perform: search('ZÜRI') },
  {
    title: 'search "mosc", 1,000 at once',
    kind: 'search',
    requests: HERD,
    prepare: openConnections,
    perform: herd('mosc'),
  },
  { title: 'nearest to 46.95, 7.45', kind: 'nearest', perform: nearest },
  { title: 'nearest, again', kind: 'nearest', perform: nearest },
  { title: 'details of 4 ids', kind: 'details', perform: details([ZURICH, LONDON, TOKYO, PARIS]) },
  { title: 'details of 8 ids, 4 known', kind: 'details', perform: details([ZURICH, LONDON, TOKYO, PARIS, ...OTHERS]) },
  { title: 'Zürich is renamed', kind: 'rename', perform: rename },
  { title: 'its details: put by that', kind: 'details', perform: details([ZURICH]) },
  { title: 'search "zuri": evicted', kind: 'search', perform: search('zuri') },
];

function search(query: string): Step['perform'] {
  return async (client) => nameOf((await client.get<Place[]>(`/search?q=${encodeURIComponent(query)}`))[0]);
}

function herd(query: string): Step['perform'] {
  return async (client, answered) => {
    const one = async (): Promise<string> => {
      const name = await search(query)(client, answered);
      answered();
      return name;
    };
    const names = await Promise.all(Array.from({ length: HERD }, one));
    return [...new Set(names)].join(', ');
  };
}

/** Opening a connection takes longer than a scan: only on open ones do the requests of the herd arrive together. */
function openConnections(client: Client): Promise<unknown> {
  return Promise.all(Array.from({ length: HERD }, () => client.get('/stats')));
}

async function nearest(client: Client): Promise<string> {
  return nameOf((await client.get<Place[]>('/nearest?lat=46.95&lon=7.45'))[0]);
}

function details(ids: readonly number[]): Step['perform'] {
  return async (client) => {
    const places = await client.get<PlaceDetails[]>(`/places?ids=${ids.join(',')}`);
    return places.length === 1 ? nameOf(places[0]) : `${places.length} places`;
  };
}

async function rename(client: Client): Promise<string> {
  return nameOf(await client.patch<PlaceDetails>(`/places/${ZURICH}`, { name: 'Zürich-Turicum' }));
}

function nameOf(place: Place | undefined): string {
  return place?.name ?? 'nothing';
}
