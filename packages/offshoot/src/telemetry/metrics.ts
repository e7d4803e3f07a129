// Which numbers does a process show, and how are they counted? A port: the host binds a real one.

export type Labels = Readonly<Record<string, string>>;

/** Label values are bounded sets (route templates, codes), never ids. */
export interface Metrics {
  count(name: string, labels?: Labels, by?: number): void;
  gauge(name: string, value: number, labels?: Labels): void;
  /** Seconds. */
  observe(name: string, seconds: number, labels?: Labels): void;
  /**
   * Observes one series whose labels are known beforehand: for what happens ten thousand times a
   * second. Left out: nobody can do it faster than `observe`.
   */
  observer?(name: string, labels: Labels): (seconds: number) => void;
}

const nothing = (): void => {};
export const UNMEASURED: Metrics = { count: nothing, gauge: nothing, observe: nothing };
