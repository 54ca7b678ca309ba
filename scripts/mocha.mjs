import { tool } from './run.mjs';

const ALL_SPECS = ['build/spec/**/*.spec.js', 'build/spec-standard/**/*.spec.js'];

/** The command line of mocha for these arguments; without a path among them, for every spec. */
export function mocha(args = []) {
  const paths = args.map(compiled);
  const chosen = paths.some((path) => path.startsWith('build/'));
  return [tool('mocha'), ...paths, ...(chosen ? [] : ALL_SPECS)];
}

/** `spec/…/x.spec.ts` → where the compiler puts it; anything else as it is. */
function compiled(argument) {
  return argument
    .replace(/^(?:\.\/)?spec\/dialects\/standard\b/, 'build/spec-standard/dialects/standard')
    .replace(/^(?:\.\/)?spec\//, 'build/spec/')
    .replace(/^(build\/.*)\.ts$/, '$1.js');
}
