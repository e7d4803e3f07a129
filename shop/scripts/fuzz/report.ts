// What is told of a fuzz, and what of it is not good enough?
import type { Campaign } from './campaign.ts';
import type { Figures } from './coverage.ts';

/** Less than this, and the fuzz only knocked at the door. */
const AUTHENTICATED_MIN = 0.6;
const HANDLED_MIN = 0.1;

const percent = (share: number) => `${(share * 100).toFixed(1)} %`;

/** For people. */
export function summary(figures: Figures, seed: number, seconds: number): string[] {
  const { requests, authenticatedShare, handledShare, byStatus } = figures;
  const { fiveHundreds, undocumented, documentedStatuses, unseen } = figures;
  const statuses = Object.entries(byStatus).map(([status, count]) => `${status} ${count}×`);
  return [
    `${requests} requests of seed ${seed} in ${seconds.toFixed(1)} s`,
    `${percent(authenticatedShare)} authenticated, ${percent(handledShare)} answered by a handler`,
    `${documentedStatuses - unseen.length} of ${documentedStatuses} documented answers seen`,
    `${fiveHundreds} × 5xx, ${undocumented} answers that are not as documented`,
    statuses.join(', '),
  ];
}

/** Everything for which the fuzz fails; empty when it does not. */
export function shortcomings({ figures, complaints, ailments }: Campaign): string[] {
  const { authenticatedShare, handledShare, fiveHundreds, undocumented, unseen } = figures;
  const found: string[] = [];
  if (authenticatedShare < AUTHENTICATED_MIN)
    found.push(`only ${percent(authenticatedShare)} were authenticated`);
  if (handledShare < HANDLED_MIN) found.push(`only ${percent(handledShare)} reached a handler`);
  if (fiveHundreds > 0) found.push(`${fiveHundreds} answers were 5xx`);
  found.push(...complaints);
  if (undocumented > complaints.length)
    found.push(`and ${undocumented - complaints.length} more answers like these`);
  if (unseen.length > 0) found.push(`never seen: ${unseen.join(', ')}`);
  return [...found, ...ailments];
}
