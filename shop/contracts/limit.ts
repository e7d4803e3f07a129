// How often may somebody call the shop? Far more than a person does, far less than a flood.
import type { RateLimit } from 'offshoot/contract';

const MINUTE_MS = 60_000;

/** For what a person does: so many a minute, counted for each account. */
export const perPerson = (max: number): RateLimit => ({
  windowMs: MINUTE_MS,
  max,
  per: 'principal',
});

/** For what is done before anybody is known, guessing passwords too. */
export const perAddress = (max: number): RateLimit => ({
  windowMs: MINUTE_MS,
  max,
  per: 'address',
});

/** What a contract of the shop allows where it says nothing else. */
export const USUAL = perPerson(3_000);
