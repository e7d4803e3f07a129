// How is a conformance suite a value, so that a test can assert that it fails where it must?

/** One promise of a port: `run` rejects when the adapter does not keep it. */
export interface Check {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/**
 * Runs checks one after another and returns the names of those that failed.
 *
 * @example
 * const broken = await failures([{ name: 'adds', run: async () => assert.equal(1 + 1, 3) }]);
 * broken; // ['adds']
 */
export async function failures(checks: readonly Check[]): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of checks) {
    try {
      await run();
    } catch {
      failed.push(name);
    }
  }
  return failed;
}
