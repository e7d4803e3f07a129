// How is each call to another service kept from spreading that service's trouble?
import { OffshootError } from '../error/index.ts';
import {
  type Attempt,
  type CallOptions,
  type Pipeline,
  type PipelineOptions,
  type Protections,
  pipeline,
  protections,
} from '../resilience/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type Metrics, UNMEASURED } from '../telemetry/index.ts';
import type { Call, Reply, Transport } from './call.ts';

/** What may differ from callee to callee. */
export type CalleeRules = Pick<
  PipelineOptions,
  'shed' | 'breaker' | 'retry' | 'hedge' | 'bulkhead' | 'attemptMs'
>;

export interface ProtectOptions {
  readonly runtime: Runtime;
  readonly metrics?: Metrics;
  /** Where the pipelines show. @default nowhere */
  readonly shown?: Protections;
  /** @default what a pipeline does by itself */
  readonly rules?: (service: string) => CalleeRules;
}

/** A call may take as long as its own deadline says: the contract's, or what is left of a caller's. */
const DEADLINE_MS_MAX = 600_000;

const failureOf = (reply: Reply): OffshootError | undefined =>
  reply.kind === 'error' ? OffshootError.from(reply.error) : undefined;

/**
 * The same transport behind one pipeline for each callee: its breaker, its budget of retries. Only
 * what says that it is `repeatable` is made twice, with the number of the attempt in its headers; a
 * failure that was tried again says so in `details.retried`, and nobody above tries again.
 */
export function protect(transport: Transport, options: ProtectOptions): Transport {
  const { runtime, metrics = UNMEASURED, shown = protections(), rules = () => ({}) } = options;
  const pipelines = new Map<string, Pipeline>();

  const pipelineOf = (service: string): Pipeline => {
    const known = pipelines.get(service);
    if (known) return known;
    const made = pipeline({
      ...{ name: service, runtime, metrics, failureOf, deadlineMs: DEADLINE_MS_MAX },
      ...rules(service),
    });
    pipelines.set(service, shown.pipeline(made));
    return made;
  };

  return (call) => {
    const made = pipelineOf(call.service);
    return made.run((attempt) => transport(attempted(call, attempt)), asked(call)).catch(failed);
  };
}

function asked({ headers, repeatable, signal }: Call): CallOptions {
  const { deadlineMs, attempt, criticality, idempotencyKey } = headers;
  return {
    ...{ remainingMs: deadlineMs, repeatable, attempt, criticality, signal },
    hedged: repeatable && idempotencyKey === undefined, // a command with a key is no query
  };
}

/** The call as this attempt makes it. The first one is the caller's, unless time has passed. */
function attempted(call: Call, own: Attempt): Call {
  const attempt = Math.max(call.headers.attempt ?? 1, own.number);
  if (attempt === 1) return call;
  const headers = { ...call.headers, attempt, deadlineMs: own.remainingMs() };
  return { ...call, headers, signal: own.signal };
}

const failed = (thrown: unknown): Reply => ({
  kind: 'error',
  error:
    thrown instanceof OffshootError
      ? thrown.toJSON()
      : new OffshootError('INTERNAL_ERROR', String(thrown), { cause: thrown }).toJSON(),
});
