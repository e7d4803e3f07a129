// How does a test send the toy trip on its journey, and answer for a service that is not well?
import { OffshootError } from '../error/index.ts';
import type { Call, Reply } from '../rpc/index.ts';
import { type SagaRecord, sagas } from '../saga/index.ts';
import type { RunningService } from '../service/index.ts';
import { type Entry, one, START } from '../store/index.ts';
import { type System, system } from './system.ts';
import { type Holding, holdings, TRIP_SERVICES, type Trip, tripRows, trips } from './trips.ts';

export const TRIP = 'trip-1';

/** Nobody knows whether it happened. */
export const AWAY: Reply = {
  kind: 'error',
  error: new OffshootError('UNAVAILABLE', 'the line is dead').toJSON(),
};
export const REFUSED: Reply = { kind: 'refusal', code: 'NO', data: null };

/** Answers some operations otherwise, `service.operation` → what; the rest goes through. */
export type Answers = Record<
  string,
  (call: Call, next: (call: Call) => Promise<Reply>) => Promise<Reply>
>;

export interface TripScene {
  readonly it: System;
  /** Every call that was made, oldest first. */
  readonly calls: Call[];
  readonly engine: RunningService['sagas'];
  plan(id?: string): Promise<void>;
  record(id?: string): Promise<SagaRecord | undefined>;
  holding(service: string, id?: string): Promise<Holding | undefined>;
  status(id?: string): Promise<Trip | undefined>;
  /** The log of the trips. */
  journal(): Promise<readonly (Entry & { readonly data: any })[]>;
}

/** Starts the toy services with such answers, runs `body`, and stops them. */
export async function tripScene(
  answers: Answers,
  body: (scene: TripScene) => Promise<void>,
): Promise<void> {
  const it = await system(TRIP_SERVICES);
  const calls: Call[] = [];
  it.way((call, next) => {
    calls.push(call);
    const answer = answers[`${call.service}.${call.operation}`];
    return answer ? answer(call, next) : next(call);
  });
  const load = async (service: string, need: any): Promise<any> => it.store(service).load(need);
  try {
    await body({
      it,
      calls,
      get engine() {
        return it.service('trips').sagas;
      },
      plan: async (tripId = TRIP) => void (await it.invoke(trips.plan, { tripId })),
      record: async (id = TRIP) => (await load('trips', one(sagas, id)))?.data,
      holding: async (service, id = TRIP) => (await load(service, one(holdings, id)))?.data,
      status: async (id = TRIP) => (await load('trips', one(tripRows, id)))?.data,
      journal: async () => (await it.store('trips').readLog(START, 1_000)).entries as any,
    });
  } finally {
    await it.close();
  }
}

/** `service.operation` of each call. */
export const called = (calls: readonly Call[]): string[] =>
  calls.map(({ service, operation }) => `${service}.${operation}`);
