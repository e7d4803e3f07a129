// How long until every saga that a crash left open has come to its end?
import type { Bench, Contender } from '../contender.ts';
import { oneProcess } from '../offshoot/one-process.ts';
import { writePast } from '../offshoot/trip-history.ts';
import { hotelService, tripsService } from '../saga/trip.ts';
import { privateFolder } from '../servers/private-server.ts';

const SAGAS = 100_000;
const LOOK_MS = 20;

/** From the opening of the files to the durable end of the last saga. */
async function resumed(folder: string): Promise<void> {
  const system = await oneProcess([tripsService, hotelService], folder);
  const store = system.store('trips');
  let ends = 0;
  let cursor = { epoch: 1, seq: 0 };
  while (ends < SAGAS) {
    const page = await store.readLog(cursor, SAGAS, 'public');
    ends += page.entries.length;
    cursor = page.upto;
    await system.runtime.sleep(LOOK_MS);
  }
  await system.close();
}

const contender: Contender = {
  name: `Offshoot, ${SAGAS.toLocaleString('en')} open sagas`,
  async open() {
    const folder = privateFolder('resume');
    await writePast(folder, { sagas: SAGAS, state: 'open' });
    return { each: SAGAS, once: true, run: () => resumed(folder), close: async () => {} };
  },
};

export const bench: Bench = {
  title: `${SAGAS.toLocaleString('en')} sagas, each before its last step, resumed after a crash; p50 ms is the time of all`,
  contenders: [contender],
  inFlight: [1],
  ratios: [],
};
