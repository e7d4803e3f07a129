// Do sagas go as fast over a log of ten million entries as over a short one?
import type { Bench } from '../contender.ts';
import { SQLITE } from '../offshoot/stores.ts';
import { ENTRIES_A_SAGA, writePast } from '../offshoot/trip-history.ts';
import { sagaContender } from '../saga/offshoot.ts';
import { privateFolder } from '../servers/private-server.ts';

const SHORT = 10_000;

/** The store with its past is made once and used in every round. */
function over(entries: number) {
  let made: Promise<string> | undefined;
  const make = async (): Promise<string> => {
    const folder = privateFolder(`growth-${entries}`);
    await writePast(folder, { sagas: entries / ENTRIES_A_SAGA, state: 'ended' });
    return folder;
  };
  return sagaContender(`Offshoot over ${entries.toLocaleString('en')} entries`, SQLITE, () => {
    made ??= make();
    return made;
  });
}

/** The ratio is named by what was measured: `growthAt10M` for ten million entries. */
export function growth(entries: number): Bench {
  const short = over(SHORT);
  const long = over(entries);
  const named = entries >= 1_000_000 ? `${entries / 1_000_000}M` : `${entries / 1_000}k`;
  return {
    title: `Sagas of three steps over a log of ${entries.toLocaleString('en')} entries`,
    contenders: [short, long],
    inFlight: [128],
    ratios: [{ key: `growthAt${named}`, ours: long, theirs: [short], inFlight: 128 }],
  };
}
