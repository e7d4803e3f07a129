// What does a process of ours say when it ends, to a person and to the program that started it?
import { OffshootError } from 'offshoot/error';

export const EXIT = Object.freeze({
  ok: 0,
  failed: 1,
  /** The command line made no sense. */
  usage: 2,
  /** The surroundings have to be put right first; starting again would not help. */
  setup: 3,
  /** A check found differences. */
  differs: 4,
  /** Ended by a second Ctrl-C. */
  killed: 130,
});

const SETUP: ReadonlySet<string> = new Set([
  'BAD_SETTING',
  'BAD_DEFINITION',
  'DATA_FOLDER_UNWRITABLE',
  'DATA_FOLDER_IN_USE',
  'PORT_IN_USE',
  'STORE_MISMATCH',
  'STORE_TOO_NEW',
  'STORE_CORRUPT',
  'NO_HOST',
]);

/** Prints a failure: one line where we know the fix, the whole stack where we do not. */
export function fail(thrown: unknown, print: (line: string) => void): number {
  if (thrown instanceof OffshootError && thrown.code !== 'INTERNAL_ERROR') {
    print(`offshoot: ${thrown.message} [${thrown.code}]`);
    return SETUP.has(thrown.code) ? EXIT.setup : EXIT.failed;
  }
  print(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  return EXIT.failed;
}
