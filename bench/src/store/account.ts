// What is stored in the event-store bench?

export const APPENDS_A_STREAM = 10;
export const EVENTS_A_STREAM = 100;
export const STREAMS = 200;

export interface Deposited {
  readonly amount: number;
  readonly by: string;
}

export const deposited = (index: number): Deposited => ({ amount: index + 1, by: 'a customer' });

const EXPECTED = (EVENTS_A_STREAM * (EVENTS_A_STREAM + 1)) / 2;

/** The balance after all events; throws when one is missing. */
export function folded(events: readonly Deposited[]): number {
  const balance = events.reduce((sum, { amount }) => sum + amount, 0);
  if (balance !== EXPECTED) throw new Error(`the balance is ${balance}, not ${EXPECTED}`);
  return balance;
}
