// Which kinds of policies come along, and under which names?
import type { PolicyKind } from '../policy.ts';
import { accessLog } from './access-log.ts';
import { breaker } from './breaker.ts';
import { cors } from './cors.ts';
import { jwt } from './jwt.ts';
import { metrics } from './metrics.ts';
import { rateLimit } from './rate-limit.ts';
import { requestId } from './request-id.ts';
import { retry } from './retry.ts';
import { shadow } from './shadow.ts';
import { split } from './split.ts';
import { trace } from './trace.ts';

/** To add one: write a file beside this one, and name it here. */
export const POLICIES: readonly PolicyKind<never>[] = [
  ...[accessLog, metrics, requestId, trace, cors],
  ...[jwt, rateLimit, breaker, retry],
  ...[split, shadow],
];
