// With which public keys are access tokens verified, and when are they asked for again?
import type { PublicJwk, Runtime, VerifyingKey } from '../runtime/index.ts';
import type { Logger } from '../telemetry/index.ts';

/** A public key as in a JWKS: Ed25519 (also by its `x` alone), P-256, or RSA. */
export interface PublicKey extends PublicJwk {
  readonly kid: string;
}

/** Rejects when they cannot be had now; then what was known stays. */
export type KeySource = () => Promise<readonly PublicKey[]>;

export interface KeySet {
  find(kid: string): VerifyingKey | undefined;
  /** Asks for the keys again unless that was done lately. True when it did. Rejects as the source. */
  refresh(): Promise<boolean>;
  /**
   * Asks again in the background when they are of some age. Told which the issuer believes, it
   * forgets the others at once, and asks when it does not know one.
   */
  keep(kids?: readonly string[]): void;
}

export interface KeySetOptions {
  readonly runtime: Runtime;
  readonly logger: Logger;
  readonly source: KeySource;
  /** Told when a key that was known is not to be believed any more. */
  readonly onWithdrawn: () => void;
}

const REFRESH_INTERVAL_MS = 30_000;
/** After a failure: who is away is not asked by every request. */
const AGAIN_MS = 1_000;
/** At the start the issuer may only just be making its first keys. */
const FIRST_REFRESHES = 3;
/** After so long they are asked for although every token names a known one: one may be gone. */
const AGE_MS_MAX = 300_000;
const KEYS_MAX = 256;

/**
 * Strangers can name unknown keys as often as they like; the source is asked once in 30 s, and once
 * a second while it fails. While it is away the keys that are known go on.
 */
export function keySet(options: KeySetOptions): KeySet {
  const { runtime, logger, source, onWithdrawn } = options;
  let keys = new Map<string, VerifyingKey>();
  let refreshes = 0;
  let refreshedAt = 0;
  let failedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let running: Promise<boolean> | undefined;

  const verifying = ({ kid, kty = 'OKP', ...key }: PublicKey): VerifyingKey | undefined => {
    const jwk = kty === 'OKP' ? { crv: 'Ed25519', kty, ...key } : { kty, ...key };
    try {
      return runtime.cryptography.publicKey(jwk);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.warn('a public key is of no use and is left out', { kid, why });
      return undefined;
    }
  };

  const ask = async (): Promise<boolean> => {
    const fresh = new Map<string, VerifyingKey>();
    for (const one of (await source()).slice(0, KEYS_MAX)) {
      const key = verifying(one);
      if (key) fresh.set(one.kid, key);
    }
    if ([...keys.keys()].some((kid) => !fresh.has(kid))) onWithdrawn();
    keys = fresh;
    refreshedAt = runtime.monotonic();
    if (keys.size > 0) refreshes++;
    return true;
  };

  const asked = (): Promise<boolean> => {
    running ??= ask()
      .catch((error: unknown) => {
        failedAt = runtime.monotonic();
        failure = error;
        throw error;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  };

  const hasJustFailed = () => runtime.monotonic() - failedAt < AGAIN_MS;

  const forget = (kids: readonly string[]): void => {
    const kept = [...keys].filter(([kid]) => kids.includes(kid));
    if (kept.length === keys.size) return;
    keys = new Map(kept);
    onWithdrawn();
  };

  return {
    find: (kid) => keys.get(kid),
    async refresh() {
      const age = runtime.monotonic() - refreshedAt;
      if (refreshes >= FIRST_REFRESHES && age < REFRESH_INTERVAL_MS) return false;
      if (hasJustFailed()) throw failure;
      return asked();
    },
    keep(kids) {
      if (kids) forget(kids);
      const isNew = kids?.some((kid) => !keys.has(kid)) ?? false;
      const isOld = refreshes > 0 && runtime.monotonic() - refreshedAt > AGE_MS_MAX;
      if ((!isNew && !isOld) || running || hasJustFailed()) return;
      asked().catch((error: unknown) =>
        logger.warn('the public keys could not be fetched', { error: String(error) }),
      );
    },
  };
}
