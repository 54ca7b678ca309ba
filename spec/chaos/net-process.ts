/** A process with a proxy for each worker: what the network does must not depend on how busy anybody else is. */
import { FaultProxy, type Fault } from '../support/fault-proxy.js';

/** What it is told; `line` = one proxy, or all of them. */
export type ToNet =
  | { readonly step: 'fault'; readonly line: number | 'all'; readonly fault: Fault }
  | { readonly step: 'heal' | 'cut'; readonly line: number | 'all' }
  | { readonly step: 'target'; readonly port: number };

/** What it tells: its ports, and that it has done what it was told. */
export type FromNet = { readonly step: 'ready'; readonly ports: readonly number[] } | { readonly step: 'done' };

let [count, target] = JSON.parse(process.argv[2]!) as [count: number, target: number];
const proxies: FaultProxy[] = [];
while (count-- > 0) proxies.push(await FaultProxy.start(() => target));
const send = (message: FromNet): void => void process.send?.(message);

process.on('message', (message: ToNet) => {
  if (message.step === 'target') target = message.port;
  else {
    for (const proxy of message.line === 'all' ? proxies : [proxies[message.line]!]) {
      if (message.step === 'fault') proxy.fault = message.fault;
      else if (message.step === 'heal') proxy.heal();
      else proxy.cutAll();
    }
  }
  send({ step: 'done' });
});
process.once('disconnect', () => process.exit(0));
send({ step: 'ready', ports: proxies.map(({ port }) => port) });
