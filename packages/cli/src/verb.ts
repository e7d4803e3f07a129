// What is one verb of the command line?
import type { ParseArgsOptionsConfig } from 'node:util';
import { type Parsed, parsedOptions } from './command-line.ts';
import { EXIT } from './exit-code.ts';

export interface VerbSpec<Options extends ParseArgsOptionsConfig> {
  /** How it is typed, and what each option does; printed by --help and after a mistake. */
  readonly usage: string;
  readonly options: Options;
  /** How many words beside the options. @default none */
  readonly words?: { readonly min?: number; readonly max?: number };
  /** Resolves with the exit code; an OffshootError is printed as one line. */
  readonly run: (
    given: Extract<Parsed<Options>, { readonly words: readonly string[] }>,
  ) => Promise<number>;
}

export interface Verb {
  run(args: readonly string[]): Promise<number>;
}

/** Options that every verb has which talks to a running host. */
export const HOST_OPTIONS = {
  data: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** A verb that understands its options or says what it did not. */
export function verb<const Options extends ParseArgsOptionsConfig>(spec: VerbSpec<Options>): Verb {
  return {
    async run(args) {
      if (args.includes('--help') || args.includes('-h')) {
        console.log(spec.usage);
        return EXIT.ok;
      }
      const parsed = parsedOptions(args, spec.options, spec.words);
      if ('words' in parsed) return spec.run(parsed);
      console.error(`offshoot: ${parsed.mistake}\n${spec.usage}`);
      return EXIT.usage;
    },
  };
}
