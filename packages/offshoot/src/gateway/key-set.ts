// With which public keys are access tokens verified, and when are they asked for again?
import type { Runtime, VerifyingKey } from '../runtime/index.ts';
import type { Logger } from '../telemetry/index.ts';

/** A public Ed25519 key: `kid` and `x` of its JWK. */
export interface PublicKey {
  readonly kid: string;
  readonly x: string;
}

export interface KeySet {
  find(kid: string): VerifyingKey | undefined;
  /** Asks for the keys again unless that was done lately. True when it did. Rejects as the source. */
  refresh(): Promise<boolean>;
}

const REFRESH_INTERVAL_MS = 30_000;
/** At the start the issuer may only just be making its first keys. */
const FIRST_REFRESHES = 3;
const KEYS_MAX = 64;

/** Strangers can name unknown keys as often as they like; the source is asked once in 30 s. */
export function keySet(
  runtime: Runtime,
  logger: Logger,
  source: () => Promise<readonly PublicKey[]>,
  onWithdrawn: () => void,
): KeySet {
  let keys = new Map<string, VerifyingKey>();
  let refreshes = 0;
  let refreshedAt = 0;
  let running: Promise<boolean> | undefined;

  const verifying = (key: PublicKey): VerifyingKey | undefined => {
    try {
      return runtime.cryptography.verifyingKey(key.x);
    } catch {
      logger.warn('a public key is no Ed25519 key and is left out', { kid: key.kid });
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

  return {
    find: (kid) => keys.get(kid),
    async refresh() {
      const isEarly = refreshes < FIRST_REFRESHES;
      if (!isEarly && runtime.monotonic() - refreshedAt < REFRESH_INTERVAL_MS) return false;
      running ??= ask().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}
