export { asynchronous } from './asynchronous.js';
export { backendConformance, type BackendConformanceOptions } from './backend/conformance.js';
export type { BackendCommand } from './backend-commands.js';
export { cacheConformance, type CacheConformanceOptions } from './cache/conformance.js';
export type { TrialOverrides } from './cache/trial.js';
export { FakeClock } from './fake-clock.js';
export { faulty, type Faults, type FaultTarget, type FaultyBackend } from './faulty.js';
export type { ControlledClock } from './passing-time.js';
export { serializerConformance, type SerializerConformanceOptions } from './serializer/conformance.js';
