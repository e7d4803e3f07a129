// Are rows rebuilt under reads without one that fails, and the same as if built with nobody there?
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type CallHeaders, invoke } from 'offshoot/rpc';
import { ANONYMOUS } from 'offshoot/security';
import { append, type Document, every } from 'offshoot/store';
import { type OneProcess, oneProcess } from '../offshoot/one-process.ts';
import { desk, deskService, type Row, rows, STATUSES, shop, shopService } from './desk.ts';

export interface RebuildOutcome {
  readonly events: number;
  /** Events a second of the build beside the live rows, under the reads. */
  readonly eventsPerSecond: number;
  /** Of the build with nobody there. */
  readonly coldEventsPerSecond: number;
  /** Processor time of that build: what is left of the rate on a machine that others load too. */
  readonly coldCpuMicrosPerEvent: number;
  readonly reads: number;
  readonly readsPerSecond: number;
  readonly failedReads: number;
  /** Reads begun after the switch that showed rows of before it, or older ones than were seen. */
  readonly staleAfterSwitch: number;
  readonly readMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Orders whose events went on while the rows were built. */
  readonly written: number;
  readonly rows: number;
  /** Whether the rows are, byte for byte, those of the cold build. */
  readonly equal: boolean;
}

export interface RebuildOptions {
  readonly events: number;
  readonly readsPerSecond: number;
  /** An empty folder. */
  readonly folder: string;
  note(text: string): void;
}

const UNIT = 500; // events of one commit while the log is filled
const LIFE = 400; // orders between two steps of one
const TICK_MS = 10;
const WRITES_PER_SECOND = 20;
const AFTER_MS = 2_000; // reads go on after the switch

const orderOf = (index: number) => `o-${String(index).padStart(8, '0')}`;

export async function rebuildUnderReads(options: RebuildOptions): Promise<RebuildOutcome> {
  const { events, folder, note } = options;
  const orders = Math.ceil(events / STATUSES.length);
  note(`${events} events of ${orders} orders`);
  await withProcess([shopService], folder, (it) => fill(it, events, orders));
  note('the rows of version 1');
  await withProcess([shopService, deskService(1)], folder, (it) => caughtUp(it, 'rows.v1'));
  note(`version 2 beside them, ${options.readsPerSecond} reads a second`);
  const live = await withProcess([shopService, deskService(1, 2)], folder, (it) =>
    underReads(it, orders, options),
  );
  note('version 2 with nobody there');
  for (const end of ['', '-wal', '-shm']) rmSync(join(folder, `desk.db${end}`), { force: true });
  const cold = await withProcess([shopService, deskService(2)], folder, async (it, ms) => {
    const before = process.cpuUsage();
    const { applied } = await caughtUp(it, 'rows.v2');
    const { user, system } = process.cpuUsage(before);
    const seconds = (performance.now() - ms) / 1_000;
    const cpuMicros = Number(((user + system) / applied).toFixed(1));
    return { ...(await canonical(it)), perSecond: Math.round(applied / seconds), cpuMicros };
  });
  const { hash, ...measured } = live;
  return {
    ...{ events, coldEventsPerSecond: cold.perSecond, coldCpuMicrosPerEvent: cold.cpuMicros },
    rows: cold.count,
    ...{ ...measured, equal: hash === cold.hash },
  };
}

async function withProcess<T>(
  services: Parameters<typeof oneProcess>[0],
  folder: string,
  run: (it: OneProcess, startedMs: number) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const it = await oneProcess(services, folder);
  try {
    return await run(it, started);
  } finally {
    await it.close();
  }
}

/** Every order takes a step, then others do, then it takes the next: as in a busy shop. */
async function fill(it: OneProcess, events: number, orders: number): Promise<void> {
  const { store } = it.services.get('shop')!;
  let left = events;
  let unit: ReturnType<typeof append>[] = [];
  const flush = async (): Promise<void> => {
    const stamp = { at: it.runtime.now(), actor: 'service:shop', tenant: '' };
    const why = { correlation: 'fill', causation: 'fill', traceparent: '' };
    const change = { appends: unit, documents: [], stamp: { ...stamp, ...why } };
    unit = [];
    await store.stage(change, store.failures);
  };
  for (let at = 0; left > 0; at += 1)
    for (let step = 0; step < STATUSES.length && left > 0; step += 1) {
      const order = at - step * LIFE;
      if (order < 0 || order >= orders) continue;
      unit.push(told(order, step));
      left -= 1;
      if (unit.length === UNIT) await flush();
    }
  await flush();
}

function told(order: number, step: number) {
  const data = { orderId: orderOf(order), customerId: `c-${order % 997}`, amount: order };
  return append(`order/${data.orderId}`, [shop.events[STATUSES[step]!](data)]);
}

/** Until the live rows are those of `build`, and all that the log says is in them. */
async function caughtUp(it: OneProcess, build: string) {
  const { projections, consumers } = it.services.get('desk')!;
  let applied = 0;
  for (;;) {
    const [report] = await projections.list();
    applied = Math.max(applied, report?.applied ?? 0);
    const running = it.services.get('desk')!.consumers;
    const head = it.store('shop').head().seq;
    const isThere = running.length > 0 && running.every(({ floor }) => floor.seq >= head);
    if (report?.live === build && isThere) return { applied: head, consumers };
    await it.runtime.sleep(5);
  }
}

async function canonical(it: OneProcess) {
  const hash = createHash('sha256');
  let count = 0;
  for (let after = ''; ; ) {
    const page = (await it
      .store('desk')
      .load(every(rows, { limit: 1_000, after }))) as Document<Row>[];
    for (const { id, data } of page) hash.update(`${id}${JSON.stringify(sorted(data))}\n`);
    count += page.length;
    if (page.length < 1_000) return { count, hash: hash.digest('hex') };
    after = page.at(-1)!.id;
  }
}

const sorted = (data: object) =>
  Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));

async function underReads(it: OneProcess, orders: number, options: RebuildOptions) {
  const { runtime, transport } = it;
  const { store } = it.services.get('shop')!;
  const { projections } = it.services.get('desk')!;
  const caller = { transport, principal: ANONYMOUS };
  const headers: CallHeaders = {
    ...{ deadlineMs: 5_000, correlationId: 'read', causationId: 'read', traceparent: '' },
  };
  const seen = new Map<string, number>();
  const took: number[] = [];
  let [failed, stale, written, asked] = [0, 0, 0, 0];
  let isSwitched = false;

  const read = async (): Promise<void> => {
    const orderId = orderOf(Math.floor(runtime.random() * orders));
    const [began, wasSwitched, least] = [performance.now(), isSwitched, seen.get(orderId) ?? 0];
    try {
      const row = await invoke(caller, desk.get, { orderId }, headers);
      if ('refusal' in row) throw new Error(`no ${orderId}`);
      if (row.steps < least || (wasSwitched && row.history?.length !== row.steps)) stale += 1;
      seen.set(orderId, Math.max(row.steps, seen.get(orderId) ?? 0));
    } catch {
      failed += 1;
    }
    took.push(performance.now() - began);
  };
  const write = (): void => {
    const why = { correlation: 'write', causation: 'write', traceparent: '' };
    const stamp = { at: runtime.now(), actor: 'service:shop', tenant: '', ...why };
    const appends = [told(Math.floor(runtime.random() * orders), 4)];
    void store.stage({ appends, documents: [], stamp }, store.failures);
    written += 1;
  };

  const began = performance.now();
  let switchedAt = 0;
  const flights = new Set<Promise<void>>();
  for (;;) {
    const elapsed = performance.now() - began;
    for (; asked < (elapsed / 1_000) * options.readsPerSecond; asked += 1) {
      const flight = read();
      flights.add(flight);
      void flight.then(() => flights.delete(flight));
    }
    while (written < (elapsed / 1_000) * WRITES_PER_SECOND) write();
    if (!isSwitched) {
      isSwitched = (await projections.list())[0]?.live.startsWith('rows.v2') ?? false;
      if (isSwitched) switchedAt = performance.now() - began;
    } else if (elapsed > switchedAt + AFTER_MS) break;
    await runtime.sleep(TICK_MS);
  }
  await Promise.all(flights);
  const seconds = (performance.now() - began) / 1_000;
  await caughtUp(it, (await projections.list())[0]!.live);
  took.sort((a, b) => a - b);
  const at = (share: number) => Number((took[Math.floor(took.length * share)] ?? 0).toFixed(2));
  const { hash } = await canonical(it);
  return {
    eventsPerSecond: Math.round(options.events / (switchedAt / 1_000)),
    ...{ reads: took.length, readsPerSecond: Math.round(took.length / seconds) },
    ...{ failedReads: failed, staleAfterSwitch: stale, written, hash },
    readMs: { p50: at(0.5), p99: at(0.99), max: Number((took.at(-1) ?? 0).toFixed(2)) },
  };
}
