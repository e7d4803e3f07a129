// What can an operator ask of one host?
import { OffshootError } from '../error/index.ts';
import type { Transport } from '../rpc/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type Keyring, Principal } from '../security/index.ts';
import type { RunningService } from '../service/index.ts';
import { newTraceparent, type SpanRecorder } from '../telemetry/index.ts';
import { deadLetterVerbs } from './dead-letter-verbs.ts';
import { eventVerbs } from './event-verbs.ts';
import type { OperatorVerbs } from './operator-door.ts';
import { projectionVerbs } from './projection-verbs.ts';
import { sagaVerbs } from './saga-verbs.ts';
import { storyVerbs } from './story-verbs.ts';

export interface OperatorParts {
  readonly runtime: Runtime;
  readonly transport: Transport;
  readonly services: readonly RunningService[];
  readonly tracer: SpanRecorder;
  readonly keyring: Pick<Keyring, 'find'>;
}

/** Whoever may read the data folder may do what an administrator may. */
const OPERATOR = new Principal({ kind: 'user', id: 'operator', roles: ['admin'] });
const CALL_MS_MAX = 60_000;

/** Every verb of the door, by name. Input and output are JSON. */
export function operatorVerbs(parts: OperatorParts): OperatorVerbs {
  const { services } = parts;
  return {
    call: (input) => callOperation(parts, input),
    trace: ({ id }) => ({ spans: parts.tracer.find(String(id)), dropped: parts.tracer.dropped }),
    ...sagaVerbs({ services, by: OPERATOR.name }),
    ...projectionVerbs(services),
    ...eventVerbs(parts),
    ...storyVerbs(parts),
    ...deadLetterVerbs({ services, keyring: parts.keyring, by: OPERATOR.name }),
  };
}

interface CallInput {
  readonly service: string;
  readonly operation: string;
  readonly input?: unknown;
  /** Makes a repeat of the call have one effect. @default a fresh one */
  readonly key?: string;
}

/** Any operation of a contract, whether or not the edge routes it. The reply, refusals included. */
async function callOperation({ runtime, transport }: OperatorParts, given: CallInput) {
  const { service, operation, input = {}, key = runtime.id() } = given;
  const correlationId = runtime.id();
  const reply = await transport({
    service,
    operation,
    input,
    principal: OPERATOR,
    headers: {
      deadlineMs: CALL_MS_MAX,
      correlationId,
      causationId: correlationId,
      traceparent: newTraceparent(runtime),
      idempotencyKey: key,
    },
  });
  if (reply.kind === 'error') throw OffshootError.from(reply.error);
  return { ...reply, correlationId };
}
