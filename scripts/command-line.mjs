import { parseArgs } from 'node:util';

/**
 * Answers `--help`, and a mistake on the command line, before anything is installed or built: both print the usage, and end.
 *
 * @param {string} usage
 * @param {import('node:util').ParseArgsConfig['options']} [options] without them what stands there is for another program to judge
 * @returns the values of the options
 */
export function commandLine(usage, options) {
  const args = process.argv.slice(2);
  if (args.includes('--help')) end(0, usage);
  if (options === undefined) return {};
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    return misused(error.message, usage);
  }
}

/** Ends because of a mistake on the command line. */
export function misused(message, usage) {
  end(2, `${message}\n\n${usage}`);
}

function end(code, text) {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}
