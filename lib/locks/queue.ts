import type { Fence } from '../command/fence.js';

/**
 * Those of one process who want the same lock stand in line here: only the first of them asks the backend. One line per
 * store and key, like the fence.
 */
const lines = new WeakMap<Fence, Map<string, (() => void)[]>>();

/**
 * Waits for our turn. Answers how to leave the line; `undefined` = it was not our turn in time.
 * @param giveUp aborted when waiting any longer makes no sense
 */
export function queueUp(store: Fence, key: string, giveUp: AbortSignal): Promise<(() => void) | undefined> {
  let line = lines.get(store);
  if (line === undefined) lines.set(store, (line = new Map()));
  const ahead = line.get(key);
  if (ahead === undefined) {
    line.set(key, []);
    return Promise.resolve(leaver(line, key));
  }
  return new Promise((resolve) => {
    const turn = (): void => {
      giveUp.removeEventListener('abort', leave);
      resolve(leaver(line, key));
    };
    const leave = (): void => {
      ahead.splice(ahead.indexOf(turn), 1);
      resolve(undefined);
    };
    if (giveUp.aborted) return resolve(undefined);
    ahead.push(turn);
    giveUp.addEventListener('abort', leave, { once: true });
  });
}

function leaver(line: Map<string, (() => void)[]>, key: string): () => void {
  return () => {
    const next = line.get(key)!.shift();
    if (next === undefined) line.delete(key);
    else next();
  };
}
