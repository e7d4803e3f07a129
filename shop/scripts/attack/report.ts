// What is told of an attack, and what of it is not good enough?
import type { Campaign, ClassFound } from './campaign.ts';

/** What a program reads; sums over all targets. */
export interface Figures {
  readonly requests: number;
  readonly desync: number;
  readonly spoofed: number;
  readonly crashed: number;
  readonly tokensTried: number;
  readonly tokensWronglyAccepted: number;
  /** Attacks by hand of which something else happened than must. */
  readonly unmet: number;
  /** Slow connections that outlived their limit. */
  readonly slowLeftOpen: number;
}

/** Less than this through a target, and only its door was knocked at. */
const REACHED_MIN = 0.05;

const sum = (campaigns: readonly Campaign[], of: (one: Campaign) => number) =>
  campaigns.reduce((total, one) => total + of(one), 0);

export const figuresOf = (campaigns: readonly Campaign[]): Figures => ({
  requests: sum(campaigns, (one) => one.requests),
  desync: sum(campaigns, ({ counts }) => counts.desync),
  spoofed: sum(campaigns, ({ counts }) => counts.spoofed),
  crashed: sum(campaigns, ({ counts }) => counts.crashed),
  tokensTried: sum(campaigns, ({ tokens }) => tokens.tried),
  tokensWronglyAccepted: sum(campaigns, ({ tokens }) => tokens.wronglyAccepted.length),
  unmet: sum(campaigns, ({ counts }) => counts.unmet),
  slowLeftOpen: sum(campaigns, ({ slow }) => slow.leftOpen),
});

const row = (name: string, { attacks, reached, wrong }: ClassFound) =>
  `  ${name.padEnd(34)} ${String(attacks).padStart(7)} ${String(reached).padStart(8)} ${String(wrong).padStart(6)}`;

/** For people. */
export function summary({ target, requests, counts, classes, tokens, slow }: Campaign): string[] {
  const { desync, spoofed, crashed, unmet } = counts;
  return [
    `${target}: ${requests} hostile requests`,
    `  ${'class'.padEnd(34)} attacks went on  wrong`,
    ...[...classes].map(([name, found]) => row(name, found)),
    `  ${desync} desync, ${spoofed} spoofed, ${crashed} crashed, ${unmet} not as they must be`,
    `  ${tokens.tried} false tokens, ${tokens.wronglyAccepted.length} believed`,
    `  ${slow.sockets} slow connections, ${slow.leftOpen} left open; a good client meanwhile: ${slow.failed} failed`,
  ];
}

/** Everything for which the attack fails; empty when it does not. */
export function shortcomings({ target, counts, classes, tokens, slow, complaints }: Campaign) {
  const found = complaints.map((one) => `${target}: ${one}`);
  const wrong = Math.max(...Object.values(counts));
  if (wrong > complaints.length) found.push(`${target}: and ${wrong - complaints.length} more`);
  found.push(...tokens.wronglyAccepted.map((one) => `${target}: believed a token, ${one}`));
  if (slow.leftOpen > 0) found.push(`${target}: ${slow.leftOpen} slow connections stayed open`);
  if (slow.failed > 0) found.push(`${target}: ${slow.failed} good requests failed among slow ones`);
  if (slow.reached > 0) found.push(`${target}: ${slow.reached} requests that never ended went on`);
  const byChance = classes.get('mutations');
  if (byChance && byChance.reached < byChance.attacks * REACHED_MIN)
    found.push(`${target}: only ${byChance.reached} of ${byChance.attacks} mutations went on`);
  return found;
}
