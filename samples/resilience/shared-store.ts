import { memoryBackend } from 'cachewright';
import { asynchronous, faulty, type FakeClock, type FaultyBackend } from 'cachewright/testing';

/** Stands in for a server that all processes share, and that fails when it is told to. */
export function sharedStore(clock: FakeClock): FaultyBackend {
  const memory = memoryBackend({}, { cache: 'shared', clock });
  const capabilities = { ...memory.capabilities, shared: true, wire: 'text' as const };
  return faulty({ ...asynchronous(memory), capabilities, close: () => Promise.resolve() });
}
