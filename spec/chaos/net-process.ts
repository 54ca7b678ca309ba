/** A process with a proxy for each worker and server: what the network does must not depend on how busy anybody else is. */
import { FaultProxy, type Fault } from '../support/fault-proxy.js';

/** What it is told; `line` = the proxies of one worker, or all of them, `target` = those of one server, or of all. */
export type ToNet =
  | {
      readonly step: 'fault';
      readonly line: number | 'all';
      readonly target: number | 'all';
      readonly fault: Fault;
    }
  | { readonly step: 'heal' | 'cut'; readonly line: number | 'all'; readonly target: number | 'all' }
  /** Where a proxy of each line leads to. */
  | { readonly step: 'target'; readonly target: number; readonly port: number };

/** What it tells: its ports, and that it has done what it was told. */
export type FromNet =
  { readonly step: 'ready'; readonly ports: readonly (readonly number[])[] } | { readonly step: 'done' };

const [workers, targets] = JSON.parse(process.argv[2]!) as [workers: number, targets: number[]];
const lines: FaultProxy[][] = [];
while (lines.length < workers) {
  lines.push(await Promise.all(targets.map((_, index) => FaultProxy.start(() => targets[index]!))));
}
const send = (message: FromNet): void => void process.send?.(message);

process.on('message', (message: ToNet) => {
  if (message.step === 'target') targets[message.target] = message.port;
  else {
    const { line, target } = message;
    const concerned = line === 'all' ? lines : [lines[line]!];
    for (const proxy of concerned.flatMap((proxies) => (target === 'all' ? proxies : proxies[target]!))) {
      if (message.step === 'fault') proxy.fault = message.fault;
      else if (message.step === 'heal') proxy.heal();
      else proxy.cutAll();
    }
  }
  send({ step: 'done' });
});
process.once('disconnect', () => process.exit(0));
send({ step: 'ready', ports: lines.map((line) => line.map(({ port }) => port)) });
