// What do the two sides of a link say to each other?
import type { ErrorRecord } from '../../error/index.ts';
import type { Passport } from '../../security/index.ts';
import type { Call, CallHeaders, Reply } from '../call.ts';

/** The protocol that a host is asked for with HTTP's Upgrade. */
export const LINK_PROTOCOL = 'offshoot-link/1';
export const LINK_PATH = '/offshoot/link';

/** The first element of a message. */
export const SAY = {
  /** `[1, id, passport, service, operation, headers…, input?]`; the passport by number, or in full. */
  call: 1,
  /** `[2, id, after, flags, value?]` */
  output: 2,
  /** `[3, id, code, flags, data?]` */
  refusal: 3,
  /** `[4, id, error]` */
  error: 4,
  /** `[5, id]`: nobody waits for the reply any more. */
  cancel: 5,
  /** `[6, number, serviceToken, principal | 0]`: what `passport` of a call means. Numbers grow. */
  passport: 6,
  /** `[7]`: no new calls on this link; those that are open are answered. */
  goAway: 7,
} as const;

/** Passports that a link remembers: the newest. */
export const PASSPORTS_MAX = 1_024;
const STALE = 1;
const REPLAYED = 2;

export type CallMessage = readonly [
  say: number,
  id: number,
  passport: number | PassportMessage,
  service: string,
  operation: string,
  deadlineMs: number,
  correlationId: string,
  causationId: string,
  traceparent: string,
  seldom: Seldom | 0,
  ...input: unknown[],
];

type Seldom = Omit<CallHeaders, 'deadlineMs' | 'correlationId' | 'causationId' | 'traceparent'>;

const seldomOf = (headers: CallHeaders): Seldom | 0 => {
  const { idempotencyKey, after, attempt, criticality } = headers;
  if (
    idempotencyKey === undefined &&
    after === undefined &&
    attempt === undefined &&
    criticality === undefined
  )
    return 0;
  return { idempotencyKey, after, attempt, criticality } as Seldom;
};

/** A passport that is said in full. */
export type PassportMessage = readonly [serviceToken: string, principal: string | 0];

export const passportMessage = ({ serviceToken, principal }: Passport): PassportMessage => [
  serviceToken,
  principal ?? 0,
];

export const passportIn = ([serviceToken, principal]: PassportMessage): Passport => ({
  serviceToken,
  principal: principal === 0 ? undefined : principal,
});

/** `input` is JSON, or undefined. */
export function callMessage(
  id: number,
  passport: number | PassportMessage,
  { service, operation, headers }: Pick<Call, 'service' | 'operation' | 'headers'>,
  input: string | undefined,
): string {
  const { deadlineMs, correlationId, causationId, traceparent } = headers;
  const whole = Math.max(0, Math.floor(deadlineMs));
  const ids = [correlationId, causationId, traceparent];
  const head = [SAY.call, id, passport, service, operation, whole, ...ids, seldomOf(headers)];
  const said = JSON.stringify(head);
  return input === undefined ? said : `${said.slice(0, -1)},${input}]`;
}

export function headersOf(message: CallMessage): CallHeaders {
  const [, , , , , deadlineMs, correlationId, causationId, traceparent, seldom] = message;
  const often = { deadlineMs, correlationId, causationId, traceparent };
  return seldom === 0 ? often : { ...often, ...seldom };
}

export const INPUT_AT = 10;

/** Throws what `JSON.stringify` throws. */
export function replyMessage(id: number, reply: Reply): string {
  if (reply.kind === 'error') return `[${SAY.error},${id},${JSON.stringify(reply.error)}]`;
  if (reply.kind === 'refusal') {
    const data = JSON.stringify(reply.data);
    const said = `[${SAY.refusal},${id},${JSON.stringify(reply.code)},${reply.stale ? STALE : 0}`;
    return data === undefined ? `${said}]` : `${said},${data}]`;
  }
  const flags = (reply.stale ? STALE : 0) | (reply.replayed ? REPLAYED : 0);
  const value = JSON.stringify(reply.value);
  const said = `[${SAY.output},${id},${JSON.stringify(reply.after)},${flags}`;
  return value === undefined ? `${said}]` : `${said},${value}]`;
}

/** The reply in a message; undefined when it is none. */
export function replyOf(message: readonly any[]): Reply | undefined {
  const [say, , what, flags, value] = message;
  const stale = (flags & STALE) !== 0 ? { stale: true } : undefined;
  if (say === SAY.output) {
    if (flags === 0) return { kind: 'output', value, after: what };
    const replayed = (flags & REPLAYED) !== 0 ? { replayed: true } : undefined;
    return { kind: 'output', value, after: what, ...replayed, ...stale };
  }
  if (say === SAY.refusal) return { kind: 'refusal', code: what, data: value, ...stale };
  if (say === SAY.error) return { kind: 'error', error: what as ErrorRecord };
  return undefined;
}
