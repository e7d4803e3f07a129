// How does a process answer calls of other processes: who may, how many at once, for how long?
import { asOffshootError, OffshootError } from '../error/index.ts';
import { fixed, inTime, overloaded, type Shedder, shedder } from '../resilience/index.ts';
import type { HttpHandler, Inbound, Runtime } from '../runtime/index.ts';
import type { Passport, PassportControl, Principal } from '../security/index.ts';
import type { Call, CallHeaders, Reply } from './call.ts';
import { RESERVED_HEADERS } from './headers.ts';
import { CALL_PATH, readHeaders, writtenReply } from './http-call.ts';
import type { Callee } from './in-process.ts';

/** A call as another process sent it: who sent it is not believed yet. */
export interface ForeignCall extends Omit<Call, 'principal'> {
  readonly passport: Partial<Passport>;
}

/** Answers calls of other processes. Never rejects. */
export type CallDoor = (call: ForeignCall) => Promise<Reply>;

export interface CallDoorOptions {
  readonly runtime: Runtime;
  /** The services of this process. */
  readonly callee: (service: string) => Callee | undefined;
  readonly control: PassportControl;
  /**
   * Who gets in; nobody waits there for whom it is full, since the line is where the work is. With
   * `lag` only the critical get in while the process is late. @default 10000 calls at once
   */
  readonly shed?: Shedder | undefined;
}

const CALLS_MAX = 10_000;
const DEADLINE_MS_MAX = 600_000;

const failed = (thrown: unknown): Reply => ({
  kind: 'error',
  error: asOffshootError(thrown).toJSON(),
});

/** Few look at the signal, and making one costs as much as the rest. */
class BelievedCall implements Call {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  readonly principal: Principal;
  readonly headers: CallHeaders;
  readonly #sent: ForeignCall;

  constructor(sent: ForeignCall, principal: Principal) {
    const { headers } = sent;
    this.service = sent.service;
    this.operation = sent.operation;
    this.input = sent.input;
    this.principal = principal;
    this.headers =
      headers.deadlineMs > DEADLINE_MS_MAX ? { ...headers, deadlineMs: DEADLINE_MS_MAX } : headers;
    this.#sent = sent;
  }

  get signal(): AbortSignal | undefined {
    return this.#sent.signal;
  }
}

/** A call as it came over HTTP. */
class HttpCall implements ForeignCall {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  readonly headers: CallHeaders;
  readonly passport: Partial<Passport>;
  readonly #request: Inbound;

  constructor(service: string, operation: string, request: Inbound) {
    const { headers } = request;
    this.service = decodeURIComponent(service);
    this.operation = decodeURIComponent(operation);
    this.input = parsed(request.body);
    this.headers = readHeaders(headers);
    this.passport = {
      serviceToken: headers[RESERVED_HEADERS.serviceToken] ?? '',
      principal: headers[RESERVED_HEADERS.principal],
    };
    this.#request = request;
  }

  get signal(): AbortSignal {
    return this.#request.signal;
  }
}

/** Believes a passport, keeps the deadline on this side too, and bounds how much is at work. */
export function callDoor(options: CallDoorOptions): CallDoor {
  const { runtime, callee, control } = options;
  const { shed = shedder({ name: 'calls', runtime, limit: fixed(CALLS_MAX), waitingMax: 0 }) } =
    options;
  const begin = (call: ForeignCall): Promise<Reply> => {
    const { service, operation, headers, passport } = call;
    const principal = control(passport, service);
    const answer = callee(service);
    if (!answer) throw new OffshootError('NO_HEALTHY_INSTANCE', `${service} does not run here`);
    const deadlineMs = Math.min(headers.deadlineMs, DEADLINE_MS_MAX);
    const believed = new BelievedCall(call, principal);
    return inTime(runtime, deadlineMs, `${service}.${operation}`, () => answer(believed));
  };
  // How long calls take says nothing here: some wait for events, and are no reason to hurry others.
  const over = () => shed.leave(0, runtime.monotonic());
  return (call) => {
    const { criticality = 'default', deadlineMs } = call.headers;
    if (shed.enter(criticality, deadlineMs, runtime.monotonic()) !== true)
      return Promise.resolve(failed(overloaded('this host')));
    try {
      const reply = begin(call).catch(failed);
      void reply.then(over);
      return reply;
    } catch (thrown) {
      over();
      return Promise.resolve(failed(thrown));
    }
  };
}

/** The same door over HTTP. */
export function httpDoor(door: CallDoor): HttpHandler {
  return async (request) => {
    const call = foreignCall(request);
    const reply = 'kind' in call ? call : await door(call);
    try {
      return writtenReply(reply);
    } catch (error) {
      return writtenReply(failed(error)); // it is no JSON
    }
  };
}

function foreignCall(request: Inbound): ForeignCall | Reply {
  const { method, target, bodyOverBytes } = request;
  if (method !== 'POST')
    return failed(new OffshootError('METHOD_NOT_ALLOWED', 'services are called with POST'));
  if (bodyOverBytes !== undefined)
    return failed(
      new OffshootError('BODY_TOO_LARGE', `an input has at most ${bodyOverBytes} bytes`),
    );
  const [service, operation, ...more] = target.slice(CALL_PATH.length).split('/');
  if (!target.startsWith(CALL_PATH) || !service || !operation || more.length > 0)
    return failed(new OffshootError('ROUTE_NOT_FOUND', `POST ${CALL_PATH}<service>/<operation>`));
  try {
    return new HttpCall(service, operation, request);
  } catch (cause) {
    return failed(new OffshootError('MALFORMED_BODY', 'the input is no JSON', { cause }));
  }
}

const parsed = (body: Uint8Array): unknown =>
  body.length === 0
    ? undefined
    : JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString());
