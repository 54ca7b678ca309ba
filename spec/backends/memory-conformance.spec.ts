import { memoryBackend } from '#lib/backends/memory/memory.js';
import { backendConformance, FakeClock } from 'cachewright/testing';

const clock = new FakeClock();
backendConformance('memory backend', { create: (context) => memoryBackend({}, context), clock, exclusive: true });
