// Our pipeline with everything on, and the bare call that it is compared to.
import { bulkhead, pipeline } from 'offshoot/resilience';
import { nodeRuntime } from 'offshoot/runtime/node';
import type { Contender } from '../contender.ts';
import { calls, task } from './loop.ts';

const RATE = { percent: 50, callsMin: 20, windowMs: 10_000 };

export const bare: Contender = {
  name: 'bare call',
  open: async () => calls('bare call', task),
};

export const offshoot: Contender = {
  name: 'Offshoot pipeline',
  async open() {
    const made = pipeline({
      name: 'upstream',
      runtime: nodeRuntime(),
      deadlineMs: 5_000,
      attemptMs: 1_000,
      breaker: { failureRate: RATE, slowRate: { ...RATE, overMs: 500 } },
      retry: { retriesMax: 2 },
      bulkhead: bulkhead({ name: 'upstream', runningMax: 100 }),
    });
    const options = { repeatable: true };
    return calls('Offshoot pipeline', () => made.run(task, options));
  },
};
