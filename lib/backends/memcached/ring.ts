import { createHash } from 'node:crypto';

/** Enough that servers get nearly equal shares. */
const DIGESTS_PER_SERVER = 40;
const POINTS_PER_DIGEST = 8;

/**
 * Consistent hashing (Karger et al., 1997): servers stand at many points of a circle, a key belongs to the next one.
 * Adding or removing a server moves its own share of the keys and no other.
 */
export class Ring<Server> {
  readonly #points: Uint32Array;
  readonly #owners: readonly Server[];

  constructor(servers: readonly Server[], nameOf: (server: Server) => string) {
    const points = servers.flatMap((server) => pointsOf(nameOf(server)).map((point) => ({ point, server })));
    points.sort((a, b) => a.point - b.point);
    this.#points = Uint32Array.from(points, ({ point }) => point);
    this.#owners = points.map(({ server }) => server);
  }

  ownerOf(key: string): Server {
    const wanted = position(key);
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#points[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return this.#owners[low === this.#owners.length ? 0 : low]!;
  }
}

function pointsOf(name: string): number[] {
  const points: number[] = [];
  for (let number = 0; number < DIGESTS_PER_SERVER; number++) {
    const digest = createHash('sha256').update(`${name}-${number}`).digest();
    for (let part = 0; part < POINTS_PER_DIGEST; part++) points.push(digest.readUInt32BE(part * 4));
  }
  return points;
}

/** FNV-1a, its bits mixed as at the end of MurmurHash3: cheap, and wire keys are ASCII. */
function position(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
