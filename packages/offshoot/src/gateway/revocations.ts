// Which tokens are over before their time, and how soon does every process know?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Claims } from '../security/index.ts';
import type { Logger } from '../telemetry/index.ts';

/** What was ended: one session (`sid` of its tokens), or all that a user had then. */
export interface Revocation {
  readonly kind: 'session' | 'user';
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface RevocationPage {
  /** What ended since the time asked for, the oldest first. */
  readonly revoked: readonly Revocation[];
  /** Whether there is more: then the time of the last is asked for next. */
  readonly more: boolean;
  /** The keys that are believed: what is not among them is withdrawn. */
  readonly kids: readonly string[];
}

export interface RevocationOptions {
  /** Asked about once a second, while tokens come. Milliseconds since 1970. */
  ask(since: number): Promise<RevocationPage>;
  /** How long a token lives at most: after that nobody need remember its end. Seconds. */
  readonly lifeSeconds: number;
  /**
   * What becomes of good tokens while the issuer does not answer. They are believed until they
   * expire, or after 5 s everyone is answered with 503. @default 'believe'
   */
  readonly whenUnknown?: 'believe' | 'refuse';
}

export interface Revocations {
  /** Undefined while what is known is recent; else it is waited for. Rejects with UNAVAILABLE. */
  recent(): Promise<void> | undefined;
  isRevoked(claims: Pick<Claims, 'sub' | 'sid' | 'iat'>): boolean;
}

const ASK_INTERVAL_MS = 1_000;
/** What is older is waited for: with the time of an answer the promise is 5 s. */
const AGE_MS_MAX = 4_000;
/** Clocks and commits of the issuer overlap: so much is asked for again. */
const OVERLAP_MS = 10_000;
const SKEW_MS = 10_000;
const KNOWN_MAX = 100_000;
const PAGES_MAX = 200;

/** A list of what has ended, asked for by need and bounded by the life of a token. */
export function revocations(
  runtime: Runtime,
  logger: Logger,
  options: RevocationOptions,
  onKids: (kids: readonly string[]) => void,
): Revocations {
  const { ask, lifeSeconds, whenUnknown = 'believe' } = options;
  const lifeMs = lifeSeconds * 1_000 + SKEW_MS;
  const known = { session: new Map<string, number>(), user: new Map<string, number>() };
  /** More has ended than can be remembered: who signed in before that has to refresh. */
  let floor = 0;
  let since = runtime.now() - lifeMs;
  let askedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let isFailing = false;
  let running: Promise<void> | undefined;

  const remember = ({ kind, id, at }: Revocation): void => {
    const of = known[kind];
    of.delete(id); // a later end stands behind the others
    of.set(id, at);
    if (of.size <= KNOWN_MAX) return;
    const [oldest] = of;
    of.delete(oldest![0]);
    floor = Math.max(floor, oldest![1]);
  };

  const forget = (of: Map<string, number>, before: number): void => {
    for (const [id, at] of of) {
      if (at >= before) break;
      of.delete(id);
    }
  };

  const askAll = async (): Promise<void> => {
    const begun = runtime.now();
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const { revoked, more, kids } = await ask(since);
      for (const one of revoked) remember(one);
      onKids(kids);
      const last = revoked.at(-1);
      if (!more || !last) break;
      since = last.at;
    }
    since = Math.max(since, begun - OVERLAP_MS);
    forget(known.session, begun - lifeMs);
    forget(known.user, begun - lifeMs);
  };

  const begin = (): void => {
    const tried = runtime.monotonic();
    triedAt = tried;
    running = askAll()
      .then(() => {
        askedAt = tried;
        isFailing = false;
      })
      .catch((cause: unknown) => {
        const error = String(cause);
        if (!isFailing) logger.warn('which tokens were ended is not known', { error, whenUnknown });
        isFailing = true;
      })
      .finally(() => {
        running = undefined;
      });
  };

  const checked = async (): Promise<void> => {
    await running;
    if (isFailing && whenUnknown === 'refuse')
      throw new OffshootError('UNAVAILABLE', 'whether this session was ended is not known now');
  };

  return {
    recent() {
      const now = runtime.monotonic();
      if (now - askedAt < ASK_INTERVAL_MS) return undefined;
      if (!running && now - triedAt >= ASK_INTERVAL_MS) begin();
      if (now - askedAt < AGE_MS_MAX) return undefined;
      // Nobody waits for an issuer that is known to be away, where that changes nothing.
      return isFailing && whenUnknown === 'believe' ? undefined : checked();
    },
    isRevoked({ sub, sid, iat }) {
      const issuedMs = iat * 1_000;
      if (issuedMs < floor) return true;
      if (sid !== undefined && known.session.has(sid)) return true;
      const ended = known.user.get(sub);
      return ended !== undefined && issuedMs <= ended;
    },
  };
}
