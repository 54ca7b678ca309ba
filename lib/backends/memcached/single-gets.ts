import type { Wire } from '../../contracts/backend.js';
import type { WireKind } from '../../contracts/serializer.js';
import type { Generations } from '../../util/generations.js';
import type { Reply } from './packet.js';
import type { AwaitedGet } from './server.js';
import type { Servers } from './servers.js';
import { fromWire } from './wire.js';
import { wireKey } from './wire-key.js';

/**
 * Single gets. What {@link Generations.within} does for any command is done here without a promise per step: gets of one
 * turn wait together for the answer whether their generation is still alive, and each costs the one promise its caller gets.
 */
export class SingleGets {
  readonly #servers: Servers;
  readonly #generations: Generations;
  /** To which the next get belongs, too, if it asks for the same. */
  #group: Group | undefined;

  constructor(servers: Servers, generations: Generations) {
    this.#servers = servers;
    this.#generations = generations;
  }

  get(key: string, namespace: string, wire: WireKind): Promise<Wire | undefined> {
    const generation = namespace === '' ? '' : this.#generations.known(namespace);
    if (generation === undefined) return this.#slowly(key, namespace, wire);
    const group = namespace === '' ? undefined : this.#groupOf(namespace, generation);
    return new Promise((resolve, reject) => {
      const get = new PendingGet(wireKey(key, generation), key, wire, group, resolve, reject);
      group?.gets.push(get);
      this.#servers.ask(get);
    });
  }

  /** Under whatever generation turns out to be alive. */
  #slowly(key: string, namespace: string, wire: WireKind): Promise<Wire | undefined> {
    return this.#generations.within(namespace, (generation) =>
      this.#servers.get(wireKey(key, generation)).then((reply) => valueOf(reply, wire)),
    );
  }

  #groupOf(namespace: string, generation: string): Group {
    const reading = this.#generations.current(namespace);
    const { commands } = this.#generations;
    const last = this.#group;
    if (last?.reading === reading && last.generation === generation && last.commands === commands) return last;
    const group = new Group(reading, generation, commands);
    this.#group = group;
    reading.then(
      (current) => {
        const gets = this.#end(group);
        if (current === generation) {
          group.confirmed = true;
          for (const get of gets) get.settle();
        } else {
          for (const get of gets) get.resolve(this.#slowly(get.asked, namespace, get.wire));
        }
      },
      (error: unknown) => {
        for (const get of this.#end(group)) get.reject(error);
      },
    );
    return group;
  }

  /** Its question is answered: no get joins it any more. */
  #end(group: Group): readonly PendingGet[] {
    if (this.#group === group) this.#group = undefined;
    const { gets } = group;
    group.gets = [];
    return gets;
  }
}

/** Gets without another command in between, and the question whether their generation is alive, which they share. */
class Group {
  gets: PendingGet[] = [];
  /** The generation is alive: the answers count. */
  confirmed = false;

  /** @param commands that were run before: what has to be repeated is repeated in the order of the program */
  constructor(
    readonly reading: Promise<string>,
    readonly generation: string,
    readonly commands: number,
  ) {}
}

/** A get on its way. Its answer counts once its generation is known to be alive. */
class PendingGet implements AwaitedGet {
  #answered = false;
  #failed = false;
  /** The value, or what it failed with. */
  #answer: unknown;

  constructor(
    readonly key: string,
    /** The key as the caller knows it. */
    readonly asked: string,
    readonly wire: WireKind,
    readonly group: Group | undefined,
    readonly resolve: (value: unknown) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  answered(reply: Reply | undefined): void {
    this.#answer = valueOf(reply, this.wire);
    this.#answered = true;
    if (this.group === undefined || this.group.confirmed) this.settle();
  }

  failed(error: unknown): void {
    this.#failed = true;
    this.#answer = error;
    this.#answered = true;
    if (this.group === undefined || this.group.confirmed) this.settle();
  }

  settle(): void {
    if (!this.#answered) return;
    if (this.#failed) this.reject(this.#answer);
    else this.resolve(this.#answer);
  }
}

function valueOf(reply: Reply | undefined, wire: WireKind): Wire | undefined {
  return reply === undefined ? undefined : fromWire(reply, wire);
}
