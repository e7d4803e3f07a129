// How does a process work on a store whose file another process holds?
import { asOffshootError, isAvailability, OffshootError } from '../../error/index.ts';
import type { Runtime } from '../../runtime/index.ts';
import type { Need } from '../need.ts';
import type { Attempt, Change, FactPage, LogPage, Receipt, Store } from '../store.ts';
import { reading, valued } from './attempt.ts';
import { follower } from './follower.ts';
import { line } from './line.ts';
import { standing } from './standing.ts';
import {
  type LogCall,
  type Opened,
  PROTOCOL,
  type Seen,
  type UnitCall,
  type Wire,
} from './wire.ts';

export interface RemoteStoreOptions {
  readonly runtime: Runtime;
  readonly service: string;
  /** To the process that holds the file. */
  readonly wire: Wire;
  /** How long a call may take, writers that come back included. Milliseconds. @default 10000 */
  readonly deadlineMs?: number;
  /** After so long without an answer what was asked is sent again. Milliseconds. @default 3000 */
  readonly attemptMs?: number;
  /** Ends the wait for a writer to open the store with. */
  readonly signal?: AbortSignal;
}

const DEADLINE_MS_DEFAULT = 10_000;
const ATTEMPT_MS_DEFAULT = 3_000;
const OPEN_PAUSE_MS = 100;
/** Runs of one `load` whose later reads found that its earlier ones were not so any more. */
const LOAD_RUNS_MAX = 16;

const conflict = (message: string) => new OffshootError('CONFLICT', message);

/**
 * A store of another process: the same contract, and the writer's process does all of it. Rejects
 * with what kept it from opening: UNAVAILABLE or DEADLINE_EXCEEDED when no writer answered in
 * time, STORE_MISMATCH for another release or service. A call whose writer stays away fails as
 * DEADLINE_EXCEEDED; for a unit that was sent by then `details.outcome` is 'unknown'.
 */
export async function remoteStore(options: RemoteStoreOptions): Promise<Store> {
  const { runtime, wire, service } = options;
  const { deadlineMs = DEADLINE_MS_DEFAULT, attemptMs = ATTEMPT_MS_DEFAULT } = options;
  const opened = await open(options, deadlineMs, attemptMs);
  const { identity } = opened;
  const known = standing(opened);
  const around = { runtime, wire, standing: known, service, identity };
  const calls = line({ ...around, deadlineMs, attemptMs });
  const unfollow = follower(around);
  let closed = false;

  const stageOn = (change: Change, basis: number, seen: readonly Seen[]): Promise<Receipt> => {
    if (closed) throw new OffshootError('DRAINING', `the store of ${service} is closed`);
    if (basis !== known.failures) throw conflict('a flush failed since this unit was read');
    const { basis: stood } = known;
    const text = (number: number): string => {
      const call: UnitCall = { kind: 'unit', number, ...stood, seen, change };
      return JSON.stringify(call);
    };
    return calls.unit(text).then((outcome) => valued(outcome) as Receipt);
  };

  const attempt = (): Attempt => {
    const own = reading(calls);
    return {
      load: own.load,
      stage: (change, basis) => stageOn(change, basis, own.seen),
    };
  };

  const load = async (need: Need<any>): Promise<any> => {
    for (let run = 1; ; run += 1) {
      try {
        return await reading(calls).load(need);
      } catch (error) {
        if (asOffshootError(error).code !== 'CONFLICT' || run === LOAD_RUNS_MAX) throw error;
      }
    }
  };

  const page = async (call: LogCall): Promise<any> => {
    const outcome = valued(await calls.ask(() => JSON.stringify(call)));
    return (outcome as { readonly page: LogPage & FactPage }).page;
  };

  return {
    identity,
    get epoch() {
      return known.epochs.at(-1)!.epoch;
    },
    get epochs() {
      return known.epochs;
    },
    get failures() {
      return known.failures;
    },
    load,
    stage: (change, basis) => stageOn(change, basis, []),
    attempt,
    async settled() {
      const before = known.failures;
      await calls.idle(); // what was read from others was durable before it was answered
      if (known.failures !== before) throw conflict('a flush took back what was readable');
    },
    head: () => known.head,
    readLog: (after, limit, only) => page({ kind: 'log', after, limit, ...(only ? { only } : {}) }),
    readFacts: (after, limit) => page({ kind: 'facts', after, limit }),
    onDurable: known.onDurable,
    async close() {
      if (closed) return;
      closed = true;
      unfollow();
      await calls.idle();
      calls.cut();
    },
  };
}

/** Asks until a writer answers, for so long as a call may take. */
async function open(
  { runtime, wire, service, signal }: RemoteStoreOptions,
  deadlineMs: number,
  attemptMs: number,
): Promise<Opened> {
  const end = runtime.monotonic() + deadlineMs;
  const body = JSON.stringify({ protocol: PROTOCOL });
  for (;;) {
    try {
      const timeoutMs = Math.min(attemptMs, Math.max(1, end - runtime.monotonic()));
      const asking = { verb: 'open', body, timeoutMs, ...(signal ? { signal } : {}) } as const;
      return JSON.parse(await wire(asking)) as Opened;
    } catch (thrown) {
      const { code, message } = asOffshootError(thrown);
      const isPassing = isAvailability(code) || code === 'UNAUTHENTICATED';
      if (!isPassing || runtime.monotonic() + OPEN_PAUSE_MS > end || signal?.aborted)
        throw new OffshootError(code, `the store of ${service} was not opened: ${message}`, {
          cause: thrown,
        });
    }
    await runtime.sleep(OPEN_PAUSE_MS, signal);
  }
}
