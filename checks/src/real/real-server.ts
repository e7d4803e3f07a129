// What is a real server to the runner of the tests that need one?

/** One that answers: tests find it by the variables. */
export interface RunningServer {
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

export interface RealServer {
  /** `postgres-debian`: a product and where it comes from. */
  readonly name: string;
  /** undefined = it is not on this machine. */
  readonly version: string | undefined;
  /** How it gets on a machine, for whoever reads that it was left out. */
  readonly missing: string;
  /** Whether a test file needs it, by its path from the root. @default all do */
  readonly runs?: (file: string) => boolean;
  /** It costs a build: where it is missing, CI says so and goes on. @default false */
  readonly isOptional?: boolean;
  start(): Promise<RunningServer>;
}
