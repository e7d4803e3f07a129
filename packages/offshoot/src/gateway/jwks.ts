// How are the public keys of somebody else's issuer fetched?
import { badDefinition, OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { KeySource, PublicKey } from './key-set.ts';

export interface JwksOptions {
  readonly runtime: Runtime;
  /** `https://login.example/.well-known/jwks.json`; plain HTTP only on this machine. */
  readonly url: string;
  /** @default 2000 */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 2_000;
const TEXT_LENGTH_MAX = 262_144;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * The keys at an address. They are asked for as seldom as a `KeySet` does, never by each request.
 * Rejects with UNAVAILABLE, DEADLINE_EXCEEDED, or BAD_UPSTREAM for what is no key set; throws
 * BAD_DEFINITION for an address that anybody on the way could answer for.
 *
 * @example
 * const tokens = { issuer: 'https://login.example/', audience: 'shop', type: 'JWT',
 *   keys: jwks({ runtime, url: 'https://login.example/.well-known/jwks.json' }) }
 */
export function jwks({ runtime, url, timeoutMs = TIMEOUT_MS }: JwksOptions): KeySource {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'https:' && !(protocol === 'http:' && LOOPBACK.test(hostname)))
    badDefinition(`${url}: keys are fetched over https, else who is on the way chooses them`);
  return async () => {
    const headers = { accept: 'application/jwk-set+json, application/json' };
    const { status, body } = await runtime.request({ method: 'GET', url, headers, timeoutMs });
    if (status !== 200) throw strange(url, `status ${status}`);
    if (body.length > TEXT_LENGTH_MAX) throw strange(url, `${body.length} characters`);
    return keysOf(body, url);
  };
}

function keysOf(body: string, url: string): readonly PublicKey[] {
  try {
    const { keys } = JSON.parse(body);
    // A key without a name has the empty one: tokens that name none are for it.
    if (Array.isArray(keys)) return keys.map((key) => ({ ...key, kid: String(key.kid ?? '') }));
  } catch {
    // Falls through: no JSON is no key set either.
  }
  throw strange(url, 'no key set');
}

const strange = (url: string, what: string) =>
  new OffshootError('BAD_UPSTREAM', `${url} answered with ${what}, not with public keys`);
