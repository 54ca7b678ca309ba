import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

const GOODBYE_MS = 10_000;

/** One dot per spec; leaves the counts in the file that SPEC_COUNTS names. */
export default class CountingReporter extends Mocha.reporters.Dot {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = runner.stats;
      const file = process.env.SPEC_COUNTS;
      if (file !== undefined)
        writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
      setTimeout(endOpenProcess, GOODBYE_MS).unref();
    });
  }
}

/** Only gets to run while something that a spec left open holds the process. */
function endOpenProcess() {
  console.error(`The specs left open: ${process.getActiveResourcesInfo().join(', ')}`);
  process.exit(1);
}
