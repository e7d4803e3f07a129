// Did the gateway let through exactly what a strict reader reads in an attack, and stay well?
import { type Answers, readAnswers } from './answers.ts';
import type { Must } from './corpus.ts';
import type { Came, SeenRequest } from './lane.ts';
import type { Exchange } from './raw-client.ts';
import type { Reading, ReadRequest } from './strict-reader.ts';

export type Kind = 'desync' | 'spoofed' | 'crashed' | 'unmet';

export interface Complaint {
  readonly kind: Kind;
  readonly what: string;
}

export interface Trial {
  readonly must: Must;
  readonly reaches: number;
  /** What a strict reader makes of all that was sent, the closing request included. */
  readonly reading: Reading;
  /** Target of the request that closes the connection: no part of the attack. */
  readonly closing: string;
  /** What was sent before and cut off: the far end may hear of it only now. */
  readonly owed: readonly ReadRequest[];
  readonly exchange: Exchange;
  readonly came: Came;
  /** Whether the service behind answers with something hostile: then a 502 is right. */
  readonly isAnswerHostile: boolean;
}

/** RFC 9110 has them for requests that nobody here can serve. */
const REFUSALS = new Set([501, 505]);
const UPSTREAM_FAILURES = new Set([502, 503, 504]);

const shown = (text: string) => JSON.stringify(text.slice(0, 80));

/** An absolute target names the same as its path: a gateway may send on either. */
const pathOf = (target: string) => target.replace(/^https?:\/\/[^/?]*(?=\/)/i, '');

const isSame = (sent: ReadRequest, seen: SeenRequest) =>
  sent.method === seen.method &&
  (sent.target === seen.target || pathOf(sent.target) === seen.target) &&
  sent.body === seen.body;

/** Takes each of `seen` out of `sent`; requests in one packet may overtake each other. */
function matched(sent: readonly ReadRequest[], seen: readonly SeenRequest[]) {
  const left = [...sent];
  let stranger: SeenRequest | undefined;
  for (const one of seen) {
    const at = left.findIndex((request) => isSame(request, one));
    if (at === -1) stranger ??= one;
    else left.splice(at, 1);
  }
  return { left, stranger };
}

/** What was sent and did not arrive: it was refused, or cut off. */
export const unseen = ({ reading, came }: Trial): readonly ReadRequest[] =>
  matched(reading.requests, came.read).left;

/**
 * The refusal of a request in doubt may be that of a HEAD, which has no body; and bytes that never
 * became a HEAD are refused like any others.
 */
function answersTo({ reading, exchange, came }: Trial): Answers {
  const methods = reading.requests.map(({ method }) => method);
  const plain = readAnswers(exchange.answer, methods);
  const isDoubtful = reading.end === 'broken' || reading.end === 'partial';
  const readings: (readonly string[])[] = [];
  if (isDoubtful) readings.push([...methods, 'HEAD']);
  if (came.read.length < methods.length)
    readings.push([...methods.slice(0, came.read.length), ...methods.map(() => 'GET')]);
  const others = readings.map((one) => readAnswers(exchange.answer, one));
  return [plain, ...others].find(({ fault }) => fault === '') ?? plain;
}

function* desyncs(trial: Trial): Generator<string> {
  const { reading, came, exchange, isAnswerHostile, owed } = trial;
  const { requests, end, why } = reading;
  const odd = matched([...requests, ...owed], came.read).stranger;
  const told = end === 'broken' ? ` (${why})` : '';
  if (odd) yield `${odd.method} ${shown(odd.target)} was read, which nobody sent${told}`;
  const fit = [...requests, ...owed].filter(({ objection }) => objection === undefined);
  const unfit = matched(fit, came.reached).stranger;
  if (unfit && !odd) yield `${unfit.method} ${shown(unfit.target)} went further, and must not`;
  yield* came.faults.map((fault) => `at the far end: ${fault}`);
  const { answers, fault } = answersTo(trial);
  const isWhole = exchange.end === 'closed' && !isAnswerHostile && end !== 'partial';
  if (fault !== '' && (isWhole || !/does not end/.test(fault))) yield `the answer: ${fault}`;
  // One more than requests: the refusal of what is no request.
  const allowed = requests.length + (end === 'broken' || end === 'partial' ? 1 : 0);
  if (answers.length > allowed) yield `${answers.length} answers to ${requests.length} requests`;
}

function* crashes(trial: Trial): Generator<string> {
  const { exchange, came, isAnswerHostile } = trial;
  yield* came.crashes;
  if (exchange.end === 'refused') yield 'nobody takes connections';
  if (exchange.end === 'stuck') yield 'neither answered nor closed';
  for (const { status, body } of answersTo(trial).answers) {
    if (status < 500 || REFUSALS.has(status)) continue;
    if (isAnswerHostile && status !== 500) continue;
    yield `${status} ${shown(body)}`;
  }
}

function* unmet(trial: Trial): Generator<string> {
  const { must, reaches, reading, came, closing, exchange, isAnswerHostile } = trial;
  if (isAnswerHostile) {
    const { answers, fault } = answersTo(trial);
    const [first] = answers;
    const isRefused = first === undefined || UPSTREAM_FAILURES.has(first.status);
    if (must === 'refuse' && !isRefused) yield `the client was told ${first.status}`;
    if (must === 'cut' && fault === '' && !isRefused) yield 'the client was told that it is whole';
    if (exchange.answer.includes('smuggled')) yield 'the client was told of what was smuggled';
    return;
  }
  const reached = came.reached.filter(({ target }) => target !== closing).length;
  const fit = reading.requests.filter(({ target }) => target !== closing).length;
  if (must === 'refuse' && reached !== reaches) yield `${reached} went further, not ${reaches}`;
  if (must === 'serve' && reached !== fit) yield `${reached} of ${fit} went further`;
}

/** Everything wrong with what happened; empty when nothing is. */
export function judge(trial: Trial): Complaint[] {
  const told = (kind: Kind, all: Iterable<string>): Complaint[] =>
    [...all].map((what) => ({ kind, what }));
  return [
    ...told('desync', desyncs(trial)),
    ...told('spoofed', trial.came.spoofed),
    ...told('crashed', crashes(trial)),
    ...told('unmet', unmet(trial)),
  ];
}
