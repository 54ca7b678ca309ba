import { createRequire } from 'node:module';
import { ConfigError } from '../errors.js';

const require = createRequire(import.meta.url);

/**
 * Loads an optional peer dependency on first use.
 * @throws ConfigError that names the install command when the package is not there
 */
export function loadPeer<T>(name: string, neededFor: string): T {
  try {
    return require(name) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new ConfigError(`${neededFor} needs the package ${name}; install it with: npm install ${name}`, {
      cause: error,
    });
  }
}
