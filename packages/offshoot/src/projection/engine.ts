// How do projections run, how is one built beside its live rows, and how do the two change places?
import { asOffshootError, isAvailability, OffshootError } from '../error/index.ts';
import type { Consumer } from '../messaging/index.ts';
import { one, type Position, put, runUnit, START } from '../store/index.ts';
import { type Builder, builder } from './builder.ts';
import { emptied, forgotten } from './cleaning.ts';
import { isFar, type LiveRows, liveRows, type ProjectionContext } from './live-rows.ts';
import {
  type Build,
  buildName,
  firstPlace,
  type Other,
  otherSlot,
  type Place,
  places,
} from './place.ts';
import type { Projection } from './projection.ts';
import { lookOf, type ProjectionLook, type ProjectionReport, reported } from './report.ts';

export interface ProjectionEngine {
  start(): Promise<void>;
  stop(): void;
  /** The consumers that keep live rows up to date. */
  readonly consumers: readonly Consumer[];
  /**
   * Up to where its live rows hold the events of a source; the start of the log while nobody
   * keeps them up to date. Undefined for a source it does not read.
   */
  reached(name: string, source: string): Position | undefined;
  looks(): readonly ProjectionLook[];
  list(): Promise<readonly ProjectionReport[]>;
  /**
   * Builds the rows of the newest version again, beside the live ones, and puts them in their
   * place. Resolves when that is begun; rejects with PRECONDITION_FAILED while one is under way.
   */
  rebuild(name: string): Promise<ProjectionReport>;
  /**
   * Brings the rows that were live before up to date, and puts them back. Resolves when they are
   * live; rejects with PRECONDITION_FAILED when none are kept, or this release cannot write them.
   */
  rollback(name: string): Promise<ProjectionReport>;
}

const RETRY_MS_MIN = 100;
const RETRY_MS_MAX = 10_000;
const REASON_MAX = 500;

interface Seat {
  /** By version: the code that this release has. */
  readonly versions: ReadonlyMap<number, Projection>;
  readonly newest: Projection;
  readonly live: LiveRows;
  builder: Builder | undefined;
  /** Why the last build failed. */
  failed: string;
  /** What is being done to the other slot. */
  task: Promise<void> | undefined;
}

export function projectionEngine(
  definitions: readonly Projection[],
  context: ProjectionContext,
): ProjectionEngine {
  const { runtime, logger, service } = context;
  const seats = new Map<string, Seat>();
  const cancels = new Set<() => void>();
  let stopped = false;

  for (const [name, all] of Map.groupBy(definitions, (one) => one.name)) {
    const sorted = [...all].sort((a, b) => b.version - a.version);
    const versions = new Map(sorted.map((one) => [one.version, one]));
    seats.set(name, {
      ...{ versions, newest: sorted[0]!, live: liveRows(context) },
      ...{ builder: undefined, failed: '', task: undefined },
    });
  }

  const stamp = (about: string) =>
    context.stamp({ correlation: about, causation: about, traceparent: '' });
  const check = (): void => {
    if (stopped) throw new OffshootError('DRAINING', `${service} stops`);
  };
  const work = { ...context, stamp, check };

  const seatOf = (name: string): Seat => {
    const seat = seats.get(name);
    if (seat) return seat;
    const known = [...seats.keys()].join(', ') || 'none';
    throw new OffshootError(
      'PRECONDITION_FAILED',
      `${service} has no projection ${name}: ${known}`,
    );
  };

  /** Changes the place document; what `change` yields undefined for stays. */
  const moved = async (
    name: string,
    change: (now: Place | undefined) => Place | undefined,
  ): Promise<Place> => {
    const { value } = await runUnit(
      context,
      () => ({ found: one(places, name) }),
      ({ found }) => {
        const next = change(found?.data);
        if (!next) return { value: found!.data };
        const documents = [put(places, name, next, found?.revision ?? 0)];
        return { change: { appends: [], documents, stamp: stamp(name) }, value: next };
      },
    );
    return value;
  };

  const placeOf = (name: string) => moved(name, () => undefined);
  const because = (place: Place, other: Partial<Other>): Place => ({
    ...place,
    other: { ...place.other!, ...other, at: runtime.now() },
  });

  /** Starts the consumers of live rows, if this release has their code. */
  const serve = async (seat: Seat, { name, live }: Place): Promise<void> => {
    const code = seat.versions.get(live.version);
    if (!code) {
      const what = { projection: name, live: buildName(name, live) };
      logger.warn('live rows of a version this release does not know stay as they are', what);
      return;
    }
    if (!stopped) await seat.live.follow(code, live);
  };

  /** Brings rows near their logs before consumers follow. */
  const approach = async (seat: Seat, name: string): Promise<void> => {
    const place = await placeOf(name);
    const running = builder(seat.versions.get(place.live.version)!, place.live, work);
    seat.builder = running;
    try {
      await running.catchUp();
    } catch (error) {
      check();
      logger.warn('live rows follow slowly', { projection: name, reason: String(error) });
    } finally {
      seat.builder = undefined;
    }
    await serve(seat, place);
    await tended(seat, name);
  };

  /**
   * Catches up while the live rows serve, then, with those standing still, over the last few
   * events; the switch is one commit. Nobody sees rows older than those he has seen.
   */
  const takePlace = async (seat: Seat, name: string, build: Build): Promise<void> => {
    const code = seat.versions.get(build.version);
    if (!code) throw new OffshootError('PRECONDITION_FAILED', noCode(name, build));
    const running = builder(code, build, work);
    seat.builder = running;
    let isFrozen = false;
    try {
      await running.catchUp();
      await running.catchUp(); // what came meanwhile: little, so that the standstill is short
      isFrozen = true;
      await seat.live.freeze();
      await running.catchUp();
      await moved(name, (now) => {
        const { live, next } = now!;
        const other: Other = {
          ...live,
          state: 'previous',
          at: runtime.now(),
          reason: '',
          former: '',
        };
        return { name, live: plain(build), other, next };
      });
      logger.info('projection switched', { projection: name, live: buildName(name, build) });
    } finally {
      seat.builder = undefined;
      if (isFrozen && !stopped) await serve(seat, await placeOf(name));
    }
  };

  const tended = async (seat: Seat, name: string): Promise<void> => {
    const place = await placeOf(name);
    const { other } = place;
    const code = seat.newest;
    switch (other?.state) {
      case 'clearing':
        await forgotten(other.former, work);
        await emptied(code, other.slot, work);
        await moved(name, (now) => because(now!, { state: 'building', former: '' }));
        return tended(seat, name);
      case 'building':
        if (seat.versions.has(other.version)) return takePlaceAndKeep(seat, name, other);
        return begin(seat, name);
      case 'dropping':
        await forgotten(buildName(name, other), work);
        await emptied(code, other.slot, work);
        await moved(name, (now) => ({ ...now!, other: null }));
        return;
      case 'previous':
        if (place.live.version !== code.version && other.version === code.version)
          return takePlaceAndKeep(seat, name, other); // an older release is back
        break;
      default:
        break;
    }
    const isOld = place.live.version !== code.version;
    if (isOld && !(other?.state === 'failed' && other.version === code.version))
      return begin(seat, name);
    if (other?.state === 'previous') dropLater(seat, name, other);
  };

  const takePlaceAndKeep = async (seat: Seat, name: string, build: Other): Promise<void> => {
    await takePlace(seat, name, build);
    const { other } = await placeOf(name);
    if (other) dropLater(seat, name, other);
  };

  /** Puts a new build into the slot that is not live; whatever was there goes. */
  const begin = async (seat: Seat, name: string): Promise<void> => {
    seat.failed = '';
    await moved(name, (now) => {
      const { live, other, next } = now!;
      const former = other ? other.former || buildName(name, other) : '';
      const build = { slot: otherSlot(live.slot), version: seat.newest.version, number: next };
      const fresh: Other = { ...build, state: 'clearing', at: runtime.now(), reason: '', former };
      return { name, live, other: fresh, next: next + 1 };
    });
    return tended(seat, name);
  };

  const dropLater = (seat: Seat, name: string, other: Other): void => {
    const left = Math.max(0, other.at + seat.newest.keepMs - runtime.now());
    const cancel = runtime.after(left, () => {
      cancels.delete(cancel);
      const drop = async (): Promise<void> => {
        const isStill = (now: Place | undefined) =>
          now?.other?.state === 'previous' && now.other.number === other.number;
        const place = await moved(name, (now) =>
          isStill(now) ? because(now!, { state: 'dropping' }) : undefined,
        );
        if (place.other?.state === 'dropping') await tended(seat, name);
      };
      run(seat, name, drop);
    });
    cancels.add(cancel);
  };

  /** One thing at a time to the other slot. Not now is tried again; what fails by itself is told. */
  const run = (seat: Seat, name: string, task: () => Promise<void>): void => {
    if (seat.task || stopped) return;
    let waitMs = RETRY_MS_MIN;
    const again = async (todo: () => Promise<void>): Promise<void> => {
      try {
        await todo();
      } catch (error) {
        if (stopped) return;
        const { code, message } = asOffshootError(error);
        logger.warn('projection', { projection: name, code, reason: message });
        if (!isAvailability(code) && code !== 'CONFLICT') {
          await failed(name, `${code}: ${message}`);
          return;
        }
        await pause(waitMs);
        waitMs = Math.min(waitMs * 2, RETRY_MS_MAX);
        if (!stopped) await again(() => tended(seat, name));
      }
    };
    seat.task = again(task)
      .catch((error: unknown) =>
        logger.warn('projection', { projection: name, error: String(error) }),
      )
      .finally(() => {
        seat.task = undefined;
      });
  };

  /** Not by `sleep`, which nothing ends: a service that stops must not wait for it. */
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const cancel = runtime.after(ms, () => {
        cancels.delete(cancel);
        resolve();
      });
      cancels.add(cancel);
    });

  const failed = async (name: string, reason: string): Promise<void> => {
    seatOf(name).failed = reason;
    await moved(name, (now) => {
      const isBuild = now?.other?.state === 'building' || now?.other?.state === 'clearing';
      return isBuild
        ? because(now, { state: 'failed', reason: reason.slice(0, REASON_MAX) })
        : undefined;
    });
  };

  const reportOf = async (name: string, seat: Seat): Promise<ProjectionReport> =>
    reported(await placeOf(name), seat);

  return {
    async start() {
      for (const [name, seat] of seats) {
        const place = await moved(name, (now) => (now ? undefined : firstPlace(seat.newest)));
        if (place.other?.state === 'failed') seat.failed = place.other.reason;
        const code = seat.versions.get(place.live.version);
        if (code && (await isFar(code, place.live, context))) {
          run(seat, name, () => approach(seat, name));
          continue;
        }
        await serve(seat, place);
        const isQuiet = place.other === null && place.live.version === seat.newest.version;
        if (!isQuiet) run(seat, name, () => tended(seat, name));
      }
    },
    stop() {
      stopped = true;
      for (const cancel of cancels) cancel();
      for (const { live } of seats.values()) live.close();
    },
    get consumers() {
      return [...seats.values()].flatMap(({ live }) => live.consumers);
    },
    reached(name, source) {
      const seat = seats.get(name);
      if (!seat?.newest.sources.includes(source)) return undefined;
      return seat.live.consumers.find((one) => one.source === source)?.reached ?? START;
    },
    looks: () => [...seats].map(([name, seat]) => lookOf(name, service, seat)),
    list: () => Promise.all([...seats].map(([name, seat]) => reportOf(name, seat))),
    async rebuild(name) {
      const seat = seatOf(name);
      if (seat.task) throw new OffshootError('PRECONDITION_FAILED', `${name} is being built`);
      run(seat, name, () => begin(seat, name));
      return reportOf(name, seat);
    },
    async rollback(name) {
      const seat = seatOf(name);
      const { other } = await placeOf(name);
      if (seat.task) throw new OffshootError('PRECONDITION_FAILED', `${name} is being built`);
      if (other?.state !== 'previous')
        throw new OffshootError('PRECONDITION_FAILED', `${name} keeps no rows to go back to`);
      const { versions } = seat;
      if (!versions.has(other.version))
        throw new OffshootError('PRECONDITION_FAILED', noCode(name, other));
      const back = takePlaceAndKeep(seat, name, other);
      seat.task = back
        .catch(() => {})
        .finally(() => {
          seat.task = undefined;
        });
      await back;
      return reportOf(name, seat);
    },
  };
}

const plain = ({ slot, version, number }: Build): Build => ({ slot, version, number });

const noCode = (name: string, build: Build): string =>
  `this release has no version ${build.version} of ${name}: start the release that has it`;
