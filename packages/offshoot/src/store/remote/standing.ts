// What does a client know of the store that another process writes?
import type { Epochs } from '../epochs.ts';
import { isAfter, type Position } from '../position.ts';
import type { Status, UnitCall } from './wire.ts';

export interface Standing {
  readonly head: Position;
  readonly epochs: Epochs;
  /**
   * Grows when a flush failed, when another process took the file (what was staged with the one
   * before may be lost), and when nobody can tell what became of a unit.
   */
  readonly failures: number;
  /** Whose reads a unit stands on that begins now. */
  readonly basis: Pick<UnitCall, 'writer' | 'basis'>;
  /** Grows with each writer. Remember it with a question, and give it with the answer. */
  readonly era: number;
  /** Takes what an answer says. One that was asked for in an era before is out of date. */
  hear(status: Status, asked: number): void;
  /** Nobody can tell what became of a unit. */
  lose(): void;
  onDurable(listener: () => void): () => void;
}

export function standing(first: Status): Standing {
  const listeners = new Set<() => void>();
  let { writer, failures: counted, head, epochs } = first;
  let failures = 0;
  let era = 0;

  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  const follow = (next: Status): void => {
    era += 1;
    failures += 1;
    ({ writer, failures: counted, head, epochs } = next);
    tell(); // the log may be another one: whoever follows it looks
  };

  return {
    get head() {
      return head;
    },
    get epochs() {
      return epochs;
    },
    get failures() {
      return failures;
    },
    get basis() {
      return { writer, basis: counted };
    },
    get era() {
      return era;
    },
    hear(status, asked) {
      if (status.writer !== writer) {
        if (asked === era) follow(status);
        return;
      }
      if (status.failures > counted) {
        counted = status.failures;
        failures += 1;
      }
      if (!isAfter(status.head, head)) return;
      head = status.head;
      tell();
    },
    lose() {
      failures += 1;
    },
    onDurable(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
