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
  start(): Promise<RunningServer>;
}
