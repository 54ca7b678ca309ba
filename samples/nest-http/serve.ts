import type { Application } from './application.js';

/** Leaves the server running until it is interrupted, and says how to talk to it. */
export function serve({ nest, url, atlas, store, trouble }: Application): void {
  nest.enableShutdownHooks();
  console.log(`
${atlas.size.toLocaleString('en')} places on ${url}, cache: ${store}${trouble === undefined ? '' : ` (${trouble}: it works without)`}

  curl '${url}/search?q=zurich'
  curl '${url}/nearest?lat=47.37&lon=8.54'
  curl '${url}/places?ids=2657896,2643743,1850147'
  curl -X PATCH '${url}/places/2657896' -H 'content-type: application/json' -d '{"name":"Turicum"}'
  curl '${url}/stats'

Ctrl+C ends it.`);
}
