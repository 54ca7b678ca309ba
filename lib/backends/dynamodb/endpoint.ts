import { ConfigError } from '../../errors.js';

/** @throws ConfigError that names the option and never its value */
export function readEndpoint(endpoint: unknown, option: string): string {
  if (typeof endpoint === 'string' && URL.canParse(endpoint) && /^https?:$/.test(new URL(endpoint).protocol)) {
    return endpoint;
  }
  throw new ConfigError(`${option} is no URL; use http://host:port or https://host`);
}
