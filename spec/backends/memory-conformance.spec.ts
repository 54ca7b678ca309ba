import { memoryBackend } from '#lib/backends/memory/memory.js';
import { backendConformance, FakeClock } from 'cachewright/testing';

for (const policy of ['adaptive', 'lru'] as const) {
  const clock = new FakeClock();
  backendConformance(`memory backend, policy ${policy}`, {
    create: (context) => memoryBackend({ policy }, context),
    clock,
    exclusive: true,
  });
}
