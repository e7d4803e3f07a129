// How does a service prove to another process who is calling, and on whose behalf?
import { OffshootError } from '../error/index.ts';
import type { Runtime, SigningKey, VerifyingKey } from '../runtime/index.ts';
import { type Identity, Principal } from './principal.ts';
import { type Claims, issueToken, verifyToken } from './token.ts';

/** What stands in the headers of a call to another process. */
export interface Passport {
  /** Who calls: signed, short-lived, for one audience. */
  readonly serviceToken: string;
  /** On whose behalf, signed by the same caller. Absent when the service calls for itself. */
  readonly principal?: string | undefined;
}

/**
 * Makes passports for calls to `audience`. They may be used again until they are half spent, or until
 * this machine's clock was set to another time.
 */
export type Passports = (principal: Principal, audience: string) => Passport;

/**
 * The principal of a call to `audience`. Throws UNAUTHENTICATED for a passport that is missing,
 * malformed, of another audience, or signed by somebody who may not say that; UNAVAILABLE for a good one
 * of another time: nobody lies, two clocks differ, and the next passport may do.
 */
export type PassportControl = (passport: Partial<Passport>, audience: string) => Principal;

export const SERVICE_TOKEN_TYPE = 'svc+jwt';
export const PRINCIPAL_TOKEN_TYPE = 'prc+jwt';
export const SERVICE_TOKEN_ISSUER = 'offshoot';
const LIFE_SECONDS = 60;
const HALF_LIFE_MS = (LIFE_SECONDS * 1_000) / 2;
const KNOWN_MAX = 10_000;

export interface PassportsOptions {
  readonly runtime: Runtime;
  /** Who calls where the principal is no service: the name of the host. */
  readonly self: string;
  /** The key of a service (or of `self`); its `kid` is the name. */
  readonly keyOf: (name: string) => SigningKey;
}

interface PrincipalClaims extends Claims {
  readonly kind: Identity['kind'];
  readonly tenant?: string;
}

/**
 * Signs passports, each used for half of its life of 60 s: one signature a minute for each pair of
 * principal and audience, not one a call.
 */
export function passports({ runtime, self, keyOf }: PassportsOptions): Passports {
  interface Kept {
    readonly passport: Passport;
    /** By the wall clock, which is what the other side reads. */
    readonly at: number;
    readonly until: number;
  }
  const kept = new WeakMap<Principal, Map<string, Kept>>();
  const keys = new Map<string, SigningKey>();
  const sign = (by: string, type: string, claims: Claims): string => {
    const key = keys.get(by) ?? keyOf(by);
    keys.set(by, key);
    return issueToken(key, by, type, claims);
  };
  const make = (principal: Principal, aud: string): Passport => {
    const iat = Math.floor(runtime.now() / 1_000);
    const times = { iss: SERVICE_TOKEN_ISSUER, aud, iat, exp: iat + LIFE_SECONDS };
    const by = principal.kind === 'service' ? principal.id : self;
    const serviceToken = sign(by, SERVICE_TOKEN_TYPE, { sub: by, ...times });
    if (principal.kind === 'service') return { serviceToken };
    const { kind, id, roles, permissions, tenant } = principal;
    const claims: PrincipalClaims = { sub: `${kind}:${id}`, ...times, kind, roles, permissions };
    const whole = tenant === '' ? claims : { ...claims, tenant };
    return { serviceToken, principal: sign(by, PRINCIPAL_TOKEN_TYPE, whole) };
  };
  return (principal, audience) => {
    const of = kept.get(principal) ?? new Map<string, Kept>();
    const found = of.get(audience);
    const age = found ? runtime.now() - found.at : 0; // a clock that was set makes it any age
    const isFresh = found && runtime.monotonic() < found.until && age >= 0 && age < HALF_LIFE_MS;
    if (isFresh) return found.passport;
    const passport = make(principal, audience);
    of.set(audience, { passport, at: runtime.now(), until: runtime.monotonic() + HALF_LIFE_MS });
    kept.set(principal, of);
    return passport;
  };
}

export interface PassportControlOptions {
  readonly runtime: Runtime;
  /** The key of a caller that may call at all, undefined for anybody else. */
  readonly keyOf: (name: string) => VerifyingKey | undefined;
  /** Who may call on behalf of people: hosts with an edge. */
  readonly speaksForPeople: (name: string) => boolean;
}

/** Checks passports; what was checked is remembered until it is spent, 10,000 at most. */
export function passportControl(options: PassportControlOptions): PassportControl {
  const { runtime, keyOf, speaksForPeople } = options;
  interface Known {
    readonly principal: Principal;
    readonly audience: string;
    readonly exp: number;
  }
  const known = new Map<string, Known>();
  const byPassport = new WeakMap<Partial<Passport>, Known>();
  const keys = new Map<string, VerifyingKey>();
  const verifier = (kid: string): VerifyingKey | undefined => {
    const key = keys.get(kid) ?? keyOf(kid);
    if (key) keys.set(kid, key);
    return key;
  };
  const claimsOf = (token: string, type: string, audience: string, by: string | undefined) => {
    const now = runtime.now();
    const life = { now, lifeSecondsMax: LIFE_SECONDS };
    const expected = { issuer: SERVICE_TOKEN_ISSUER, audience, type, ...life, untimely };
    let signer = '';
    const claims = verifyToken(
      token,
      (kid) => {
        signer = kid;
        return by === undefined || by === kid ? verifier(kid) : undefined;
      },
      expected,
    );
    return { claims, signer };
  };
  const check = ({ serviceToken = '', principal }: Partial<Passport>, audience: string): Known => {
    if (serviceToken === '') throw refused('send a service token');
    const { claims, signer } = claimsOf(serviceToken, SERVICE_TOKEN_TYPE, audience, undefined);
    const { sub, exp } = claims;
    if (signer !== sub) throw refused('a service signs for itself alone');
    if (principal === undefined)
      return { principal: new Principal({ kind: 'service', id: sub }), audience, exp };
    if (!speaksForPeople(sub)) throw refused(`${sub} does not call on behalf of others`);
    const person = claimsOf(principal, PRINCIPAL_TOKEN_TYPE, audience, sub).claims;
    const soonest = Math.min(exp, person.exp);
    return { principal: personOf(person as PrincipalClaims), audience, exp: soonest };
  };
  const isGood = (one: Known, audience: string) =>
    one.audience === audience && one.exp > runtime.now() / 1_000;
  return (passport, audience) => {
    const same = byPassport.get(passport); // many calls of one link carry one object
    if (same && isGood(same, audience)) return same.principal;
    const text = `${passport.serviceToken} ${passport.principal ?? ''}`;
    const found = known.get(text);
    const made = found && isGood(found, audience) ? found : check(passport, audience);
    if (known.size >= KNOWN_MAX) known.clear();
    known.set(text, made);
    byPassport.set(passport, made);
    return made.principal;
  };
}

const untimely = (why: string) =>
  new OffshootError('UNAVAILABLE', `${why}: the clocks of two hosts differ`, {
    details: { sent: false },
  });
const refused = (why: string) => new OffshootError('UNAUTHENTICATED', why);

function personOf({ sub, kind, roles, permissions, tenant }: PrincipalClaims): Principal {
  const isPerson = kind === 'user' || kind === 'anonymous';
  if (!isPerson || !sub.startsWith(`${kind}:`)) throw refused('the token names no person');
  const id = sub.slice(kind.length + 1);
  return new Principal({
    ...{ kind, id },
    ...(roles && { roles }),
    ...(permissions && { permissions }),
    ...(tenant !== undefined && { tenant }),
  });
}
