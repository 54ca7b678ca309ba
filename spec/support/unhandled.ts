import { expect } from 'chai';
import { settled } from './held-backend.js';

/** Fails each spec of the suite during which a rejection went unhandled. */
export function forbidUnhandledRejections(): void {
  let unhandled: unknown[];
  let others: NodeJS.UnhandledRejectionListener[];
  const note = (reason: unknown): void => void unhandled.push(reason);

  beforeEach(() => {
    unhandled = [];
    others = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', note);
  });

  afterEach(async () => {
    await settled();
    process.off('unhandledRejection', note);
    for (const listener of others) process.on('unhandledRejection', listener);
    expect(unhandled, 'unhandled rejections').to.deep.equal([]);
  });
}
