import { FIRST_SLOT } from './eviction-policy.js';
import { Ghosts } from './ghosts.js';
import { Links } from './links.js';

const COLD = 0;
const HOT = 1;

/** Bits of what is noted about a slot. */
const USES = 3;
const IS_HOT = 4;
const IN_SAMPLE = 8;

/** Capacities' worth of keys that are remembered after they have gone. */
const REMEMBERED = 3;

/** Into how many ticks of the clock a capacity's worth of newcomers is divided, as a power of two. */
const TICK_BITS = 8;

/** Times of last use are 16 bits wide; when they are used up, all of them are set back by so many. */
const SET_BACK = 2 ** 15;
const LAST_TICK = 2 ** 16 - 1;

/**
 * A hot entry is not moved to the front again until this part of the capacity has come in, as a power of two: that spares most
 * hits the writing to a list.
 */
const FRONT_BITS = 6;

/** Entries that leave the hot part at once when it becomes smaller. */
const COOLED_AT_ONCE = 2;

/**
 * Keeps what is used again soon. Newcomers are cold and go first. One that is used again sooner than the hot entry that was
 * used longest ago becomes hot in its place, also if it had gone meanwhile. This is LIRS (S. Jiang and X. Zhang, SIGMETRICS 2002)
 * told by times of last use instead of a stack: a key is in the stack of LIRS if its last use is later than that of the
 * last hot entry. As in CLOCK, that entry gets another chance if it was used more often than the one to replace it.
 *
 * Everything depends on the share of the cold part: 1 % withstands scans and loops, 100 % is LRU.
 */
export class HotCold {
  #capacity = 0;
  #coldShare: number;
  /** Only a cache that is full has any. */
  #ghosts: Ghosts | undefined;
  #links = new Links();
  /** When a slot was last used. */
  #lastUse = new Uint16Array(FIRST_SLOT);
  #hashes = new Int32Array(FIRST_SLOT);
  #notes = new Uint8Array(FIRST_SLOT);
  /** A clock that goes on with every so many newcomers. */
  #tick = 1;
  #sinceTick = 0;
  #tickLength = 1;
  #front = 0;
  #sampleMask = 0;
  #hot = 0;
  #maxHot = 0;

  /** @param coldShare see {@link HotCold.coldShare} */
  constructor(capacity: number, coldShare: number, sampleMask = 0) {
    this.#coldShare = coldShare;
    this.resize(capacity, sampleMask);
  }

  /** The part of the capacity that is kept for cold entries, from 0 (a single one) to 1. */
  get coldShare(): number {
    return this.#coldShare;
  }

  set coldShare(share: number) {
    this.#coldShare = share;
    this.#maxHot = this.#capacity - Math.max(1, Math.round(share * this.#capacity));
  }

  /** @param sampleMask a key belongs to the sample if these bits of its hash are 0 */
  resize(capacity: number, sampleMask: number): void {
    this.#capacity = capacity;
    this.#tickLength = Math.max(1, capacity >> TICK_BITS);
    this.#front = Math.floor((capacity >> FRONT_BITS) / this.#tickLength);
    this.#ghosts = undefined;
    this.coldShare = this.#coldShare;
    if (sampleMask === this.#sampleMask) return;
    this.#sampleMask = sampleMask;
    const notes = this.#notes;
    for (let slot = 0; slot < notes.length; slot++) {
      notes[slot] = (notes[slot]! & ~IN_SAMPLE) | this.#sampleNote(this.#hashes[slot]!);
    }
  }

  reserve(slots: number): void {
    this.#links.reserve(slots);
    const lastUse = new Uint16Array(slots);
    lastUse.set(this.#lastUse);
    this.#lastUse = lastUse;
    const hashes = new Int32Array(slots);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const notes = new Uint8Array(slots);
    notes.set(this.#notes);
    this.#notes = notes;
  }

  /** Forgets also what has gone. Only when there are no entries. */
  reset(): void {
    this.#links = new Links();
    this.#lastUse = new Uint16Array(FIRST_SLOT);
    this.#hashes = new Int32Array(FIRST_SLOT);
    this.#notes = new Uint8Array(FIRST_SLOT);
    this.#ghosts = undefined;
    this.#hot = 0;
  }

  hashOf(slot: number): number {
    return this.#hashes[slot]!;
  }

  /** @returns whether it belongs to the sample */
  used(slot: number): boolean {
    const note = this.#notes[slot]!;
    if ((note & USES) !== USES) this.#notes[slot] = note + 1;
    if ((note & IS_HOT) === 0) this.#usedCold(slot);
    else if (this.#tick - this.#lastUse[slot]! > this.#front) {
      this.#lastUse[slot] = this.#tick;
      this.#links.move(HOT, slot);
    }
    return (note & IN_SAMPLE) !== 0;
  }

  added(slot: number, hash: number): void {
    if (++this.#sinceTick >= this.#tickLength) this.#goOn();
    const now = this.#tick;
    const ghosts = this.#ghosts;
    const age = ghosts === undefined ? Infinity : ghosts.recall(hash, now);
    this.#hashes[slot] = hash;
    this.#lastUse[slot] = now;
    const uses = age === Infinity ? 0 : Math.min(USES, ghosts!.uses + 1);
    this.#notes[slot] = uses | this.#sampleNote(hash);
    this.#links.push(COLD, slot);
    if (this.#hot > this.#maxHot) this.#cool();
    if (this.#hot < this.#maxHot) this.#becomeHot(slot);
    else if (this.#hot > 0 && age !== Infinity && age < this.#stepsSinceLastHotUse(ghosts!)) this.#heat(slot);
  }

  victim(): number {
    const coldest = this.#links.last(COLD);
    return coldest === COLD ? this.#links.last(HOT) : coldest;
  }

  /** The one that goes after it; `0` after the last. */
  afterwards(slot: number): number {
    const before = this.#links.previous[slot]!;
    if (before === COLD) return this.#hot > 0 ? this.#links.last(HOT) : 0;
    return before === HOT ? 0 : before;
  }

  /** It has to make room, and is remembered. */
  evicted(slot: number): void {
    this.#ghostsOf().remember(this.#hashes[slot]!, this.#notes[slot]! & USES, this.#lastUse[slot]!, this.#tick);
    this.removed(slot);
  }

  removed(slot: number): void {
    this.#links.take(slot);
    if ((this.#notes[slot]! & IS_HOT) !== 0) this.#hot--;
  }

  #goOn(): void {
    this.#sinceTick = 0;
    if (++this.#tick < LAST_TICK) return;
    this.#tick -= SET_BACK;
    const lastUse = this.#lastUse;
    for (let slot = 0; slot < lastUse.length; slot++) lastUse[slot] = Math.max(0, lastUse[slot]! - SET_BACK);
  }

  #usedCold(slot: number): void {
    if (this.#hot > 0 && this.#lastUse[slot]! > this.#lastUse[this.#links.last(HOT)]!) this.#heat(slot);
    else this.#links.move(COLD, slot);
    this.#lastUse[slot] = this.#tick;
  }

  /** What is lost with it: what was used within the last capacity's worth of newcomers may well be used again. */
  worthOf(slot: number): number {
    const note = this.#notes[slot]!;
    const idle = (this.#tick - this.#lastUse[slot]!) * this.#tickLength;
    return idle >= this.#capacity ? 0 : (note & USES) + ((note & IS_HOT) !== 0 ? 1 : 0);
  }

  worthOfNewcomer(hash: number): number {
    const uses = this.#ghosts?.usesOf(hash);
    return uses === undefined ? 1 : uses + 2;
  }

  /** It did not come in, but asked: that counts when it comes again. */
  refused(hash: number): void {
    const ghosts = this.#ghostsOf();
    const uses = ghosts.recall(hash, this.#tick) === Infinity ? 0 : Math.min(USES, ghosts.uses + 1);
    ghosts.remember(hash, uses, this.#tick, this.#tick);
  }

  #ghostsOf(): Ghosts {
    return (this.#ghosts ??= new Ghosts(REMEMBERED * this.#capacity, this.#capacity / this.#tickLength));
  }

  #sampleNote(hash: number): number {
    return (hash & this.#sampleMask) === 0 ? IN_SAMPLE : 0;
  }

  #stepsSinceLastHotUse(ghosts: Ghosts): number {
    return ghosts.step(this.#tick) - ghosts.step(this.#lastUse[this.#links.last(HOT)]!);
  }

  /** Makes a cold entry hot, unless the one that would have to become cold is used more often. */
  #heat(slot: number): void {
    if (this.#hot >= this.#maxHot) {
      const last = this.#links.last(HOT);
      if ((this.#notes[last]! & USES) > (this.#notes[slot]! & USES)) {
        this.#notes[last]!--;
        this.#links.move(HOT, last);
        this.#links.move(COLD, slot);
        return;
      }
      this.#becomeCold(last);
    }
    this.#becomeHot(slot);
  }

  /** After the hot part has become smaller, it shrinks little by little. */
  #cool(): void {
    for (let cooled = 0; cooled < COOLED_AT_ONCE && this.#hot > this.#maxHot; cooled++) {
      this.#becomeCold(this.#links.last(HOT));
    }
  }

  #becomeHot(slot: number): void {
    this.#notes[slot]! |= IS_HOT;
    this.#hot++;
    this.#links.move(HOT, slot);
  }

  #becomeCold(slot: number): void {
    this.#notes[slot]! &= ~IS_HOT;
    this.#hot--;
    this.#links.move(COLD, slot);
  }
}
