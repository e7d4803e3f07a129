// How does one instance do for this process: how much is on its way to it, and how fast is it?
import type { Instance } from './instance.ts';

/** How a call ended. `cancelled`: its caller gave up, which says nothing good or bad. */
export type Outcome = 'ok' | 'failed' | 'cancelled';

/** What a balancer chooses from. */
export interface Endpoint {
  readonly instance: Instance;
  /** Calls of this process that have begun and not ended. */
  readonly inFlight: number;
  /** Peak EWMA of its latency, milliseconds; undefined before the first answer. */
  readonly latencyMs: number | undefined;
  /** Its share at this moment: the instance's weight, less while it warms up. */
  readonly weight: number;
  /** Counts a call; the result, called with how it ended, counts once. */
  begin(): (outcome: Outcome) => void;
}

export interface TrackedEndpoint extends Endpoint {
  /** What the registry says of it now. */
  instance: Instance;
  /** Begins its slow start, now. */
  warmUp(): void;
}

export interface EndpointOptions {
  readonly clock: () => number;
  /** How fast what was is forgotten, milliseconds. */
  readonly tauMs: number;
  /** How long a newcomer's share grows, milliseconds; 0 = it has all at once. */
  readonly slowStartMs: number;
  readonly onEnd: (outcome: Outcome) => void;
}

/** What one is taken to need that has failed and never answered, milliseconds. */
const FAILED_MS = 1_000;
/** The first share of one that warms up. */
const WARM_MIN = 0.1;

/**
 * Peak EWMA (Finagle): a slower answer counts at once, a faster one by and by, and what is not
 * heard of for long is believed to have recovered. What failed fast was not fast, and who fails has
 * not recovered.
 */
export function endpoint(given: Instance, options: EndpointOptions): TrackedEndpoint {
  const { clock, tauMs, slowStartMs, onEnd } = options;
  let instance = given;
  let inFlight = 0;
  let latency: number | undefined;
  let heardAt = 0;
  let warmSince: number | undefined;

  const decayed = () => (latency ?? 0) * Math.exp((heardAt - clock()) / tauMs);

  const observe = (ms: number, outcome: Outcome): void => {
    if (outcome === 'failed') latency = Math.max(latency ?? FAILED_MS, ms);
    else if (latency === undefined || ms > decayed()) {
      if (latency === undefined && outcome === 'cancelled') return;
      latency = ms;
    } else if (outcome === 'ok') {
      const kept = Math.exp((heardAt - clock()) / tauMs);
      latency = latency * kept + ms * (1 - kept);
    } else return;
    heardAt = clock();
  };

  const warmth = (): number => {
    if (warmSince === undefined) return 1;
    const share = (clock() - warmSince) / slowStartMs;
    if (share < 1) return Math.max(WARM_MIN, share);
    warmSince = undefined;
    return 1;
  };

  return {
    get instance() {
      return instance;
    },
    set instance(said) {
      instance = said;
    },
    get inFlight() {
      return inFlight;
    },
    get latencyMs() {
      return latency === undefined ? undefined : decayed();
    },
    get weight() {
      return instance.weight * warmth();
    },
    begin() {
      inFlight += 1;
      const begun = clock();
      let isOver = false;
      return (outcome) => {
        if (isOver) return;
        isOver = true;
        inFlight -= 1;
        observe(clock() - begun, outcome);
        onEnd(outcome);
      };
    },
    warmUp() {
      if (slowStartMs > 0) warmSince = clock();
    },
  };
}
