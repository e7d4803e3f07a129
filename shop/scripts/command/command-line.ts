// How do the shop's scripts read their options, end, and say what went wrong in one line?
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { OffshootError } from 'offshoot/error';

export const EXIT = Object.freeze({
  ok: 0,
  failed: 1,
  /** The command line made no sense. */
  usage: 2,
  /** There is nothing to talk to: start the shop first. */
  notRunning: 3,
  /** The shop's books do not add up. */
  violated: 4,
});

type Options = NonNullable<ParseArgsConfig['options']>;

export interface Command<O extends Options> {
  /** Printed for `--help`. */
  readonly usage: string;
  readonly options: O;
  /** Resolves with the exit code. */
  run(values: ReturnType<typeof parseArgs<{ options: O }>>['values']): Promise<number>;
}

/** The mistake is on the command line or in the environment: exit 2. */
export const usageError = (message: string) => new OffshootError('BAD_SETTING', message);

/** What the script needs does not run: exit 3. The message says how to start it. */
export const notRunning = (message: string) => new OffshootError('UNAVAILABLE', message);

/** Runs a script to its exit code. A failure is one line on stderr. */
export async function runCommand<const O extends Options>(command: Command<O>): Promise<void> {
  process.exitCode = await outcomeOf(command, process.argv.slice(2), (line) => console.error(line));
}

/** The exit code of a script with these arguments; `print` gets what went wrong. */
export async function outcomeOf<const O extends Options>(
  command: Command<O>,
  args: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  try {
    if (args.includes('--help')) {
      console.log(command.usage);
      return EXIT.ok;
    }
    const { values } = parseArgs({ options: command.options, args: [...args] });
    return await command.run(values);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isUnknown = code?.startsWith('ERR_PARSE_ARGS') ?? false;
    print(isUnknown ? `${message.split('. ')[0]}: ask for --help` : message);
    if (isUnknown || code === 'BAD_SETTING') return EXIT.usage;
    return code === 'UNAVAILABLE' ? EXIT.notRunning : EXIT.failed;
  }
}

/** A whole number from `min` to `max`. Throws a usage error for anything else. */
export function integer(
  name: string,
  given: string | undefined,
  { min, max, fallback }: { readonly min: number; readonly max: number; readonly fallback: number },
): number {
  if (given === undefined) return fallback;
  const value = /^\d{1,12}$/.test(given) ? Number(given) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw usageError(`${name} '${given}' cannot be used: give a whole number from ${min} to ${max}`);
}
