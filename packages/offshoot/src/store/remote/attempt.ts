// How is what a unit needs read over a wire, in few ways, as if it had been read in one moment?
import { OffshootError } from '../../error/index.ts';
import { KeyMissing } from '../../security/index.ts';
import type { Need } from '../need.ts';
import type { Line } from './line.ts';
import type { Outcome, Primitive, ReadOutcome, Seen } from './wire.ts';

export interface Reading {
  /** What is asked for in one turn goes as one question; functions of a need run here. */
  load(need: Need<any>): Promise<any>;
  /** All that was read so far, for a unit to stand on. */
  readonly seen: readonly Seen[];
}

interface Question {
  readonly needs: Primitive[];
  readonly outcome: Promise<ReadOutcome>;
}

/**
 * The reads of one attempt. What is read later is read only if all that was read before is still
 * so, else CONFLICT: together they are one moment of the store.
 */
export function reading(line: Line): Reading {
  const seen: Seen[] = [];
  let open: Question | undefined;

  const question = (): Question => {
    const needs: Primitive[] = [];
    const text = () => {
      open = undefined; // it is being sent: what comes from now on is the next question
      return JSON.stringify({ kind: 'read', needs, seen });
    };
    const outcome = line.ask(text).then((answer) => {
      const found = valued(answer) as ReadOutcome;
      needs.forEach((need, index) => {
        const mark = found.marks[index];
        if (mark) seen.push({ need, mark });
      });
      return found;
    });
    return { needs, outcome };
  };

  const primitive = async (need: Primitive): Promise<any> => {
    open ??= question();
    const { needs, outcome } = open;
    const index = needs.push(need) - 1;
    return asRead(need, (await outcome).values[index]);
  };

  const load = async (need: Need<any>): Promise<any> => {
    switch (need.kind) {
      case 'then':
        return load(need.next(await load(need.first)));
      case 'map':
        return need.change(await load(need.first));
      default:
        return primitive(need);
    }
  };

  return { load, seen };
}

/** JSON has no undefined: what is missing came as null. */
function asRead({ kind }: Primitive, value: any): any {
  if (kind === 'one') return value ?? undefined;
  if (kind === 'many') return value.map((found: unknown) => found ?? undefined);
  return value;
}

/** What an outcome gives, or throws what went wrong with the call. */
export function valued(outcome: Outcome): Exclude<Outcome, { error: unknown }> {
  if ('keyMissing' in outcome) throw new KeyMissing(outcome.keyMissing);
  if ('error' in outcome) throw OffshootError.from(outcome.error);
  return outcome;
}
