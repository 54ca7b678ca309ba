/** Whether the environment says that caches start switched off. Read when a cache is built, never per command. */
export function switchedOff(): boolean {
  return process.env['CACHEWRIGHT_DISABLE'] === '1';
}
