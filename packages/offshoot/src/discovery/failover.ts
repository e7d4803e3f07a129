// What if the chosen instance cannot be reached at all? Another one is tried, when that is safe.
import {
  asOffshootError,
  type ErrorRecord,
  isAvailability,
  type OffshootError,
} from '../error/index.ts';
import type { Endpoint, Outcome } from './endpoint.ts';
import type { ChooseRequest, Pool } from './pool.ts';

export interface FailoverOptions extends Pick<ChooseRequest, 'key'> {
  /** Instances tried for one call. @default 3 */
  readonly instancesMax?: number;
  /** Whether a failure says that nothing has happened. @default `isUnsent` */
  readonly isSafe?: (error: OffshootError) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Nothing was sent, or whoever got it says that it began nothing. */
export const isUnsent = ({ code, details }: Pick<ErrorRecord, 'code' | 'details'>): boolean =>
  details?.sent === false || code === 'DRAINING';

/** What a failure says of the instance: a caller's mistake and a full queue say nothing bad. */
export function outcomeOf(code: string): Outcome {
  if (code === 'OVERLOADED' || code === 'RATE_LIMITED' || code === 'OUTCOME_PENDING') return 'ok';
  return isAvailability(code) || code === 'INTERNAL_ERROR' ? 'failed' : 'ok';
}

/**
 * Makes one call to an instance of the pool. Where the failure says that nothing was sent, the same
 * call goes to another instance; where it may have happened, never: that is for a retry to decide,
 * which knows whether the call may be repeated. Not a retry, so it costs no budget.
 *
 * @example
 * const reply = await failover(orders, ({ instance }) => ask(`${instance.url}/orders/7`));
 */
export async function failover<T>(
  pool: Pool,
  attempt: (endpoint: Endpoint) => Promise<T>,
  options: FailoverOptions = {},
): Promise<T> {
  const { key, instancesMax = 3, isSafe = isUnsent, signal } = options;
  const but = new Set<string>();
  let last: OffshootError | undefined;
  for (let tried = 1; ; tried += 1) {
    const chosen = next(pool, { key, but }, last);
    const end = chosen.begin();
    try {
      const result = await attempt(chosen);
      end('ok');
      return result;
    } catch (thrown) {
      const error = asOffshootError(thrown);
      end(signal?.aborted ? 'cancelled' : outcomeOf(error.code));
      but.add(chosen.instance.id);
      if (!isSafe(error) || tried >= instancesMax || signal?.aborted) throw thrown;
      last = error;
    }
  }
}

/** Another one; when there is none any more, what the last one said is the answer. */
function next(pool: Pool, request: ChooseRequest, last: OffshootError | undefined): Endpoint {
  try {
    return pool.choose(request);
  } catch (error) {
    throw last ?? error;
  }
}
