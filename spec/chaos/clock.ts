/** Microseconds of the machine's monotonic clock, which all processes share. */
export function nowUs(): number {
  return Number(process.hrtime.bigint() / 1_000n);
}
