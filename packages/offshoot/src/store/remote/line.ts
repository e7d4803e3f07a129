// How do calls reach the writer in order, many at a time, again when an answer is lost, and in time?
import { asOffshootError, isAvailability, OffshootError } from '../../error/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import type { Standing } from './standing.ts';
import {
  type Answer,
  EXCHANGE_CALLS_MAX,
  EXCHANGE_CHARS_MAX,
  type Outcome,
  type Wire,
} from './wire.ts';

export interface Line {
  /** Asks for what changes nothing. `text` is the call as JSON, made when it is first sent. */
  ask(text: () => string): Promise<Outcome>;
  /** Hands over a unit. Throws at once when it is too large or too many calls wait. */
  unit(text: (number: number) => string): Promise<Outcome>;
  /** Resolves when no unit that was handed over by now is on its way; never rejects. */
  idle(): Promise<void>;
  /** Whatever waits fails with DRAINING. */
  cut(): void;
}

export interface LineOptions {
  readonly runtime: Runtime;
  readonly wire: Wire;
  readonly standing: Standing;
  readonly service: string;
  readonly identity: string;
  /** From the call to its end. */
  readonly deadlineMs: number;
  /** For one exchange; then it is sent again. */
  readonly attemptMs: number;
}

const WAITING_MAX = 10_000;
const PAUSE_MS_MIN = 20;
const PAUSE_MS_MAX = 500;
/** Of the deadline: a writer that is back is asked in good time. */
const PAUSE_SHARE_MAX = 1 / 8;

interface Waiting {
  /** 0 for what is no unit. */
  readonly number: number;
  readonly make: () => string;
  text: string | undefined;
  wasSent: boolean;
  isOver: boolean;
  end(outcome: Outcome): void;
  fail(error: unknown): void;
}

/** Codes of a whole exchange after which it is sent again: a unit is done once however often. */
const isPassing = (code: string) =>
  isAvailability(code) || code === 'INTERNAL_ERROR' || code === 'UNAUTHENTICATED';

/**
 * One exchange at a time: what is asked for meanwhile goes with the next, so order is kept and
 * many calls share a way. All calls have the same deadline.
 */
export function line(options: LineOptions): Line {
  const { runtime, wire, standing, service, identity, deadlineMs, attemptMs } = options;
  const client = runtime.id();
  const ending = new AbortController();
  const flights = new Set<Promise<unknown>>();
  const waiting: Waiting[] = [];
  let open = 0;
  let last = 0;
  let running = false;
  let reason = 'no answer yet';

  const late = ({ number, wasSent }: Waiting): OffshootError => {
    const what = `the writer of ${service} did not answer in ${deadlineMs} ms (${reason})`;
    if (number === 0 || !wasSent)
      return new OffshootError('DEADLINE_EXCEEDED', `${what}; nothing was changed`);
    const details = { outcome: 'unknown' };
    return new OffshootError('DEADLINE_EXCEEDED', `${what}; a unit may have happened`, { details });
  };

  const enqueue = (number: number, make: () => string, text?: string): Promise<Outcome> => {
    open += 1;
    const flight = new Promise<Outcome>((resolve, reject) => {
      const over = (): boolean => {
        if (call.isOver) return false;
        call.isOver = true;
        open -= 1;
        cancel();
        return true;
      };
      const call: Waiting = {
        ...{ number, make, text, wasSent: false, isOver: false },
        end: (outcome) => void (over() && resolve(outcome)),
        fail(error) {
          if (!over()) return;
          if (number > 0 && call.wasSent) standing.lose();
          reject(error);
        },
      };
      const cancel = runtime.after(deadlineMs, () => call.fail(late(call)));
      waiting.push(call);
    });
    wake();
    return flight;
  };

  const refuseTooMany = (): void => {
    if (ending.signal.aborted) throw draining(service);
    if (open < WAITING_MAX) return;
    const message = `${open} calls wait for the writer of ${service}; try again later`;
    throw new OffshootError('OVERLOADED', message);
  };

  /** What does not make a call fails alone. */
  const made = (call: Waiting): boolean => {
    try {
      call.text ??= call.make();
    } catch (error) {
      call.fail(error);
    }
    return !call.isOver;
  };

  /** The first that wait, as many as one exchange holds. */
  const take = (): Waiting[] => {
    const calls: Waiting[] = [];
    let chars = 0;
    while (waiting.length > 0 && calls.length < EXCHANGE_CALLS_MAX) {
      const first = waiting[0]!;
      if (!first.isOver && made(first)) {
        chars += first.text!.length;
        if (calls.length > 0 && chars > EXCHANGE_CHARS_MAX) break;
        calls.push(first);
      }
      waiting.shift();
    }
    return calls;
  };

  const bodyOf = (calls: readonly Waiting[]): string => {
    const first = calls.find(({ number }) => number > 0);
    const floor = first ? first.number - 1 : last;
    const about = JSON.stringify({ client, store: identity, floor });
    return `${about.slice(0, -1)},"calls":[${calls.map(({ text }) => text).join(',')}]}`;
  };

  /** True when the calls are answered, or refused for good. */
  const exchange = async (calls: readonly Waiting[]): Promise<boolean> => {
    const { era } = standing;
    for (const call of calls) call.wasSent = true;
    let answer: Answer;
    try {
      const text = await wire({ verb: 'exchange', body: bodyOf(calls), timeoutMs: attemptMs });
      answer = JSON.parse(text) as Answer;
    } catch (thrown) {
      const error = asOffshootError(thrown);
      reason = error.code;
      if (!isPassing(error.code)) for (const call of calls) call.fail(error);
      return !isPassing(error.code);
    }
    standing.hear(answer, era); // before anybody acts on an outcome
    const again: Waiting[] = [];
    calls.forEach((call, index) => {
      const outcome = answer.outcomes[index];
      if (outcome && !('again' in outcome)) call.end(outcome);
      else again.push(call);
    });
    waiting.unshift(...again);
    return true;
  };

  const run = async (): Promise<void> => {
    for (let lost = 0; waiting.length > 0 && !ending.signal.aborted; ) {
      await new Promise<void>((resolve) => runtime.endOfTurn(resolve)); // who was answered asks on
      const calls = take();
      if (calls.length === 0) continue;
      const isDone = await exchange(calls);
      lost = isDone ? 0 : lost + 1;
      if (isDone) continue;
      waiting.unshift(...calls);
      await runtime.sleep(pauseMs(lost, options), ending.signal).catch(() => {});
    }
  };

  const wake = (): void => {
    if (running) return;
    running = true;
    run().then(
      () => {
        running = false;
        if (waiting.length > 0 && !ending.signal.aborted) wake();
      },
      (error: unknown) => {
        running = false;
        for (const call of waiting) call.fail(error);
      },
    );
  };

  return {
    ask(text) {
      refuseTooMany();
      return enqueue(0, text);
    },
    unit(text) {
      refuseTooMany();
      const call = text(last + 1); // throws for what cannot be sent
      if (call.length > EXCHANGE_CHARS_MAX) throw tooLarge(service, call.length);
      last += 1;
      const flight = enqueue(last, () => call, call);
      const settled = flight.then(nothing, nothing).then(() => void flights.delete(settled));
      flights.add(settled);
      return flight;
    },
    async idle() {
      await Promise.all(flights);
    },
    cut() {
      ending.abort(draining(service));
      for (const call of waiting) call.fail(draining(service));
    },
  };
}

const nothing = (): void => {};

const draining = (service: string) =>
  new OffshootError('DRAINING', `the store of ${service} is closed`);

function tooLarge(service: string, chars: number): OffshootError {
  const message = `a unit of ${chars} characters does not fit one exchange (${EXCHANGE_CHARS_MAX}): change less at once, or in the process that holds the file of ${service}`;
  return new OffshootError('BODY_TOO_LARGE', message);
}

/** Longer with each lost exchange, never all clients at once. */
function pauseMs(lost: number, { runtime, deadlineMs }: LineOptions): number {
  const most = Math.min(PAUSE_MS_MAX, deadlineMs * PAUSE_SHARE_MAX);
  const ms = Math.min(PAUSE_MS_MIN * 2 ** Math.min(lost - 1, 10), most);
  return ms / 2 + (runtime.random() * ms) / 2;
}
