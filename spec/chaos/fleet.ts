import { ChaosProcess } from './process.js';
import type { Random } from './random.js';
import type { Footprint, FromWorker, ToWorker } from './records.js';
import type { Origin } from './origin.js';
import type { Places, StackName } from './stack.js';
import type { WorkerJob } from './worker.js';
import type { Judge } from './judge.js';

export type WorkerProcess = ChaosProcess<ToWorker, FromWorker>;

interface Member {
  readonly name: string;
  readonly process: WorkerProcess;
  readonly reports: FromWorker[];
  heard: () => void;
}

export interface FleetOptions {
  readonly script: URL;
  /** Where each worker finds redis. */
  readonly places: readonly Places[];
  readonly stack: StackName;
  readonly password: string;
  /** Calls a second of each. */
  readonly rate: number;
  /** The longest that calls under way are waited for in the end, in ms. */
  readonly patienceMs: number;
}

/** The workers, each in its place; one that dies is replaced by another with a new name. */
export class Fleet {
  readonly #members: Member[] = [];
  readonly #options: FleetOptions;
  readonly #origin: Origin;
  readonly #judge: Judge;
  readonly #random: Random;
  #count = 0;
  /** What workers that are gone had printed. */
  printed = '';

  constructor(options: FleetOptions, origin: Origin, judge: Judge, random: Random) {
    this.#options = options;
    this.#origin = origin;
    this.#judge = judge;
    this.#random = random;
  }

  get size(): number {
    return this.#options.places.length;
  }

  async start(): Promise<void> {
    await Promise.all(this.#options.places.map((_, place) => this.#launch(place)));
    this.#tellAll({ step: 'resume' });
  }

  freeze(place: number): void {
    this.#members[place]!.process.freeze();
  }

  thaw(place: number): void {
    this.#members[place]!.process.thaw();
  }

  stall(place: number, ms: number): void {
    this.#members[place]!.process.tell({ step: 'stall', ms });
  }

  async kill(place: number): Promise<void> {
    const { process } = this.#members[place]!;
    await process.kill();
    this.#collect(process);
  }

  async replace(place: number): Promise<void> {
    await this.#launch(place);
    this.#members[place]!.process.tell({ step: 'resume' });
  }

  /** Stops the calls, measures every worker at rest, and lets them go on. */
  async footprints(): Promise<ReadonlyMap<string, Footprint>> {
    const measured = await Promise.all(
      this.#members.map(async (member) => {
        member.process.tell({ step: 'pause' });
        const report = await this.#reported(member, 'footprint', 30_000);
        member.process.tell({ step: 'resume' });
        return [member.name, report.footprint] as const;
      }),
    );
    return new Map(measured);
  }

  /** Ends all workers as an application ends, and tells the judge whether they went in peace. */
  async finish(): Promise<void> {
    await Promise.all(
      this.#members.map(async (member) => {
        const { name, process } = member;
        try {
          process.tell({ step: 'finish' });
          const { open, left } = await this.#reported(member, 'done', 30_000);
          if (open > 0) this.#judge.violation('settled', `${open} calls of ${name} never ended`);
          const kinds = Object.keys(left).filter((kind) => !/^(PipeWrap|TTYWrap|FSReqCallback)$/.test(kind));
          if (kinds.length > 0) this.#judge.violation('handles', `${name} left ${kinds.join(', ')} behind`);
          if (!(await process.ended(5_000))) this.#judge.violation('handles', `${name} does not end by itself`);
          else if (process.ending !== '0') this.#judge.violation('unhandled', `${name} ended with ${process.ending}`);
        } catch (error) {
          this.#judge.violation('settled', `${name}: ${(error as Error).message}`);
        }
        this.#collect(process);
      }),
    );
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#members.map(({ process }) => process.kill()));
  }

  #tellAll(message: ToWorker): void {
    for (const { process } of this.#members) process.tell(message);
  }

  #collect(process: WorkerProcess): void {
    this.printed += process.printed;
    process.printed = '';
  }

  async #launch(place: number): Promise<void> {
    const { places, script, ...options } = this.#options;
    const name = `${place}.${++this.#count}`;
    const job: WorkerJob = { ...options, name, seed: this.#random.between(0, 2 ** 32 - 1), places: places[place]! };
    const member: Member = {
      name,
      reports: [],
      heard: () => undefined,
      process: new ChaosProcess(script, job, (message) => this.#hear(member, message)),
    };
    this.#members[place] = member;
    await this.#reported(member, 'ready', 30_000);
  }

  #hear(member: Member, message: FromWorker): void {
    switch (message.step) {
      case 'asks': {
        // Answers of one turn travel together.
        for (const ask of message.asks) {
          this.#origin.ask(ask, (answer) => member.process.tell({ step: 'answers', answers: [answer] }));
        }
        return;
      }
      case 'records':
        return this.#judge.records(member.name, message);
      default:
        member.reports.push(message);
        member.heard();
    }
  }

  async #reported<Step extends FromWorker['step']>(
    member: Member,
    step: Step,
    withinMs: number,
  ): Promise<FromWorker & { readonly step: Step }> {
    const until = performance.now() + withinMs;
    for (;;) {
      const index = member.reports.findIndex((report) => report.step === step);
      if (index >= 0) return member.reports.splice(index, 1)[0] as FromWorker & { readonly step: Step };
      if (!member.process.running) throw new Error(`it ended before ${step}\n${member.process.printed}`);
      if (performance.now() > until) throw new Error(`no ${step} for ${withinMs / 1_000} s`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100);
        member.heard = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
