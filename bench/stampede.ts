import { measure, type Contestant, type Result } from './measure.js';
import { HandWritten, HandWrittenInFlight, Origin, OURS, PEERS, type Service } from './services.js';

const CALLERS = 10_000;

export interface StampedeResult extends Result {
  /** Loads per stampede. */
  readonly loads: number;
}

/** CPU of 10,000 concurrent callers of one cold key, against a hand-written map of loads under way. */
export async function measureStampede(quick: boolean): Promise<StampedeResult[]> {
  const classes = {
    'hand-written in-flight map': HandWrittenInFlight,
    ...OURS,
    ...PEERS,
    'hand-written Map alone': HandWritten,
  };
  const origins = new Map<string, Origin>();
  let stampedes = 0;
  const contestants = Object.entries(classes).map(([name, Class]): Contestant => {
    const origin = new Origin(true);
    origins.set(name, origin);
    const service: Service = new Class(origin);
    return {
      name,
      async run() {
        const id = -++stampedes;
        await Promise.all(Array.from({ length: CALLERS }, () => service.find(id)));
      },
    };
  });
  const rounds = quick ? 5 : 11;
  const results = await measure(contestants, { rounds, count: CALLERS });
  return results.map((result) => ({ ...result, loads: Math.round(origins.get(result.name)!.loads / (rounds + 1)) }));
}
