// What does being protected cost a call that succeeds?
import type { Bench, Contender } from '../contender.ts';
import { peer } from '../peer.ts';
import { microsecondsOf } from './loop.ts';
import { bare, offshoot } from './offshoot.ts';

const peers = './peers'; // by a variable: see the saga bench
const policies = () => import(`${peers}/policies.ts`);
const cockatiel = peer(
  'cockatiel: deadline, breaker, retry, bulkhead, timeout',
  async () => (await policies()).cockatiel,
);
const opossum = peer('opossum: breaker, timeout', async () => (await policies()).opossum);

export const bench: Bench = {
  title: 'What a protected call costs more than a bare one, one after the other',
  contenders: [bare, offshoot, cockatiel, opossum],
  inFlight: [1],
  ratios: [],
  derive() {
    const addedUs = ({ name }: Contender) => microsecondsOf(name) - microsecondsOf(bare.name);
    const ours = addedUs(offshoot);
    const rounded = (value: number) => Number(value.toFixed(2));
    return {
      ratios: {
        pipelineVsCockatiel: rounded(addedUs(cockatiel) / ours),
        pipelineVsOpossum: rounded(addedUs(opossum) / ours),
      },
      figures: { pipelineMicroseconds: rounded(ours) },
    };
  },
};
