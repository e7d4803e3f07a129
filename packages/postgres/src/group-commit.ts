// How do many units share one commit, and what becomes of each when something goes wrong?
import { asOffshootError, OffshootError } from 'offshoot/error';
import type { Runtime } from 'offshoot/runtime';
import { fencedOff, type Position } from 'offshoot/store';
import {
  type Connection,
  ConnectionLost,
  ServerRefusal,
  type Statement,
  type Value,
} from './connection.ts';
import type { GroupRequest } from './group-request.ts';
import { MOVED_STATE } from './move-marks.ts';
import type { Overlay } from './overlay.ts';
import type { Staged } from './staged-unit.ts';

export interface GroupCommitOptions {
  readonly runtime: Runtime;
  readonly connection: Connection;
  readonly overlay: Overlay;
  readonly request: (units: readonly Staged[]) => GroupRequest;
  readonly commit: Statement;
  readonly resolve: Statement;
  readonly epoch: number;
  readonly fieldCount: () => number;
  /** Another release has added a field: the documents of these units are to be encoded again. */
  readonly reloadFields: (units: readonly Staged[]) => Promise<void>;
  /** These are durable, after the log's `head`; see `ownTail` for `places`. Called before anybody is told. */
  readonly onCommitted: (units: readonly Staged[], head: number, places: readonly string[]) => void;
  /** The log is known to reach so far; called before anybody is told. */
  readonly advance: (seq: number) => void;
  /** These, and what they counted on, did not happen: what they had read may be out of date. */
  readonly onRefused: (units: readonly Staged[]) => void;
  /** The log's head when the store was opened. */
  readonly head: number;
  /** Somebody else has committed in between. */
  readonly onOthers: () => void;
  readonly positionAt: (seq: number) => Position;
  /** Milliseconds to go on asking what became of a commit. */
  readonly resolveMs: number;
}

export interface GroupCommit {
  readonly failures: number;
  /** A group is on its way. */
  readonly isFlying: boolean;
  /** Takes a unit into the next group. */
  add(unit: Staged): void;
  settled(): Promise<void>;
  /** Resolves when nothing is staged or in flight. */
  idle(): Promise<void>;
}

interface Group {
  units: Staged[];
  done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

const conflict = (message: string, cause?: unknown) =>
  new OffshootError('CONFLICT', message, { cause });

function newGroup(): Group {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  done.catch(() => {});
  return { units: [], done, resolve, reject };
}

interface Committed {
  readonly head: number;
  readonly stamp: string;
  /** Of the public entries; none when a lost answer was asked for again. */
  readonly places: readonly string[];
}

/** What the database said of a group. */
type Verdict =
  | ({ readonly kind: 'committed' } & Committed)
  | { readonly kind: 'refused'; readonly failed: Readonly<Record<string, number[] | true>> }
  | { readonly kind: 'failed'; readonly error: OffshootError };

const RESOLVE_PAUSE_MS = 100;
const OTHER_TYPES = '42804'; // the schema was made again: its types have other numbers
const UNITS_MAX = 1_000; // of a group: a statement has to end within its time

/** `head transaction place place …` */
function committed(answer: string): { readonly kind: 'committed' } & Committed {
  const [head = '', stamp = '', ...places] = answer.split(' ');
  return { kind: 'committed', head: Number(head), stamp, places };
}

const restored = () =>
  new OffshootError(
    'UNAVAILABLE',
    'the store was restored to an earlier point: start this process again',
  );

/** One group is in flight at a time; what is staged meanwhile is the next one. */
export function groupCommit(options: GroupCommitOptions): GroupCommit {
  const { runtime, connection, overlay, advance, positionAt } = options;
  /** The next one first; units go into the last. */
  let queue: Group[] = [];
  let flying: Group | undefined;
  let failures = 0;
  let last = options.head;

  const waiting = () => queue.flatMap(({ units }) => units);
  const all = () => (flying ? [flying, ...queue] : queue);

  /** Takes units, and what was built on them, out of the world. */
  const refuse = (group: Group, direct: ReadonlyMap<Staged, OffshootError>): void => {
    let wasRead = false;
    options.onRefused([...direct.keys()]);
    const fallen = (unit: Staged): OffshootError | undefined => {
      const own = direct.get(unit);
      if (own) return own;
      const isBuilt = unit.conditions.some(({ after }) => after?.state === 'refused');
      return isBuilt ? conflict('what this unit was built on did not happen') : undefined;
    };
    const sift = (units: Staged[]) =>
      units.filter((unit) => {
        const error = fallen(unit);
        if (!error) return true;
        unit.state = 'refused';
        wasRead ||= unit.wasRead;
        unit.reject(error);
        return false;
      });
    group.units = sift(group.units);
    for (const one of queue) one.units = sift(one.units);
    overlay.rebuild([...group.units, ...waiting()]);
    if (!wasRead) return;
    failures += 1;
    // Who waits now may have read it; who comes later has not, and waits for what is left.
    group.reject(conflict('something that was readable did not happen'));
    const { done, resolve, reject } = newGroup();
    Object.assign(group, { done, resolve, reject });
  };

  /** Nothing of the group happened: everybody who counts on it runs again. */
  const fail = (group: Group, error: OffshootError): void => {
    failures += 1;
    const units = [...group.units, ...waiting()];
    const groups = [group, ...queue];
    queue = [];
    overlay.rebuild([]);
    options.onRefused(units);
    for (const unit of units) {
      unit.state = 'refused';
      unit.reject(error);
    }
    for (const one of groups) one.reject(error);
  };

  const succeed = (
    group: Group,
    { head, stamp, places }: Committed,
    request: GroupRequest,
  ): void => {
    if (head !== last) options.onOthers();
    last = head + request.entries;
    for (const unit of group.units) {
      unit.state = 'durable';
      unit.stamp = stamp;
    }
    overlay.settle(group.units);
    options.onCommitted(group.units, head, places);
    advance(last);
    let seq = head;
    for (const unit of group.units) {
      seq += unit.events.length;
      unit.resolve({ position: positionAt(seq) });
    }
  };

  /** Asks until it is known, and so that it cannot happen later when the answer is that it did not. */
  const outcome = async (id: string): Promise<Verdict> => {
    const until = runtime.monotonic() + options.resolveMs;
    for (;;) {
      try {
        const [row] = await connection.run(options.resolve, [id]);
        const found = committed(row?.[0] ?? '');
        if (found.head >= 0) return found;
        return { kind: 'failed', error: conflict('the commit did not happen; run the unit again') };
      } catch (cause) {
        if (runtime.monotonic() < until) {
          await runtime.sleep(RESOLVE_PAUSE_MS);
          continue;
        }
        const message =
          'the database went away during a commit: ask with the same key whether it happened';
        return { kind: 'failed', error: new OffshootError('UNAVAILABLE', message, { cause }) };
      }
    }
  };

  const send = async (id: string, { lists }: GroupRequest): Promise<Verdict> => {
    try {
      const values: Value[] = [id, options.epoch, options.fieldCount(), ...lists];
      const [row] = await connection.run(options.commit, values);
      const answer = row?.[0] ?? '';
      if (answer[0] !== '{') return committed(answer);
      return { kind: 'refused', failed: JSON.parse(answer) };
    } catch (cause) {
      if (cause instanceof ConnectionLost) return outcome(id);
      if (!(cause instanceof ServerRefusal))
        return { kind: 'failed', error: asOffshootError(cause) };
      if (cause.state === OTHER_TYPES) return { kind: 'failed', error: restored() };
      if (cause.state === MOVED_STATE)
        return { kind: 'failed', error: new OffshootError('FENCED', cause.message, { cause }) };
      const message = `the database could not commit (${cause.state}: ${cause.message}); nothing of it happened`;
      return { kind: 'failed', error: conflict(message, cause) };
    }
  };

  /** Which units the failed conditions speak of. */
  const blamed = (
    request: GroupRequest,
    failed: Readonly<Record<string, number[] | true>>,
  ): Map<Staged, OffshootError> => {
    const found = new Map<Staged, OffshootError>();
    for (const [kind, ordinals] of Object.entries(failed)) {
      if (ordinals === true) continue;
      for (const ordinal of ordinals)
        for (const unit of request.blamed(kind, ordinal)) {
          const fence = kind === 'f' && unit.change.fences?.[0];
          if (!found.has(unit) || fence)
            found.set(unit, fence ? fencedOff(fence) : conflict('somebody else was faster'));
        }
    }
    return found;
  };

  /** Sends what is left of the group until it is committed. */
  const commit = async (group: Group): Promise<void> => {
    const id = runtime.id();
    while (group.units.length > 0) {
      const request = options.request(group.units);
      const verdict = await send(id, request);
      if (verdict.kind === 'failed') throw verdict.error;
      if (verdict.kind === 'committed') {
        succeed(group, verdict, request);
        break;
      }
      if (verdict.failed.epoch) throw restored();
      if (verdict.failed.fields) await options.reloadFields([...group.units, ...waiting()]);
      else refuse(group, blamed(request, verdict.failed));
    }
  };

  const flush = async (): Promise<void> => {
    const group = flying ? undefined : queue.shift();
    if (!group) return;
    flying = group;
    try {
      await commit(group);
      group.resolve();
    } catch (error) {
      fail(group, asOffshootError(error));
    }
    flying = undefined;
    if (queue.length > 0) runtime.endOfTurn(flush);
  };

  return {
    get failures() {
      return failures;
    },
    get isFlying() {
      return flying !== undefined;
    },
    add(unit) {
      overlay.add(unit);
      const last = queue.at(-1);
      if (last && last.units.length < UNITS_MAX) {
        last.units.push(unit);
        return;
      }
      const group = newGroup();
      group.units.push(unit);
      queue.push(group);
      if (!flying && queue.length === 1) runtime.endOfTurn(flush);
    },
    async settled() {
      const groups = all();
      if (groups.length > 0) await Promise.all(groups.map(({ done }) => done));
    },
    async idle() {
      for (let groups = all(); groups.length > 0; groups = all())
        await Promise.allSettled(groups.map(({ done }) => done));
    },
  };
}
