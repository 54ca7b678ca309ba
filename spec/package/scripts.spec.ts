import { expect } from 'chai';
import { print } from '../samples/printed.js';

const SCRIPTS = {
  build: 'npm run build',
  spec: 'npm run spec',
  check: 'npm test',
  proofs: 'npm run proofs',
  chaos: 'npm run chaos',
  bench: 'npm run bench',
};

/** What is not there is said with what is, and nothing is begun. */
const MISTAKES: readonly (readonly [program: string, args: readonly string[], says: string])[] = [
  ['scripts/check.mjs', ['--onyl', 'specs'], "Unknown option '--onyl'"],
  ['scripts/check.mjs', ['--only', 'spec'], 'no such stage: spec\n'],
  ['scripts/proofs.mjs', ['mutation'], 'no proof is called mutation\n'],
  ['scripts/bench.mjs', ['--fast'], "Unknown option '--fast'"],
  ['scripts/bench.mjs', ['hits'], "Unexpected argument 'hits'"],
  ['build/spec/chaos/main.js', ['--minute', '5'], "Unknown option '--minute'"],
];

describe('scripts', function () {
  this.timeout(30_000);

  for (const [script, command] of Object.entries(SCRIPTS)) {
    it(`${command} says what it takes`, async () => {
      const { code, stdout, stderr } = await print([`scripts/${script}.mjs`, '--help']);
      expect(stderr).to.equal('');
      expect(stdout.slice(0, command.length + 4)).to.equal(`${command} -- `);
      expect(code).to.equal(0);
    });
  }

  for (const [program, args, says] of MISTAKES) {
    it(`${program} ${args.join(' ')} is a mistake`, async () => {
      const { code, stdout, stderr } = await print([program, ...args]);
      expect(stdout).to.equal('');
      expect(stderr.startsWith(says), stderr).to.equal(true);
      expect(stderr).not.to.match(/^ +at /m);
      expect(code).to.equal(2);
    });
  }
});
