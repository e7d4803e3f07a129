// What does everybody who asks share: the surface, what is known, the judge, the count?
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import { type Coverage, coverage } from './coverage.ts';
import { type Judge, judge } from './judge.ts';
import { type Known, known } from './known.ts';
import type { Person } from './person.ts';
import { type Answer, type Draft, drafted, type Sender, sender } from './request.ts';
import { type AskedOperation, type Surface, surfaceOf } from './surface.ts';
import { type Input, validInput } from './valid-input.ts';

export interface Told {
  readonly status: number;
  readonly headers: Answer['headers'];
  /** Undefined for an answer without a body, and for one that is no JSON. */
  readonly json: any;
}

export interface Stage {
  readonly surface: Surface;
  readonly known: Known;
  readonly chance: Chance;
  readonly coverage: Coverage;
  /** A request with an input that fits, and what is left out of it filled in. */
  draft(operation: AskedOperation, who: Person, input?: Input): Draft;
  /** A good request whose input is made from what is known, with some of it given. */
  valid(operation: AskedOperation, who: Person, given?: Input): Draft;
  /** Sends, judges, counts and learns. */
  ask(draft: Draft): Promise<Told>;
  /** Asks again until `isEnough`, at most ten seconds. */
  until(make: () => Draft, isEnough: (told: Told) => boolean): Promise<Told>;
  /** The shop moved: everything goes to another address from now on. */
  moveTo(url: string): void;
  close(): void;
}

const LOOK_MS = 20;
const PATIENCE_MS = 10_000;

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads the description of the shop at `url` and nothing else of it. */
export async function stage(url: string, connections: number, chance: Chance): Promise<Stage> {
  const surface = surfaceOf(await (await fetch(`${url}/openapi.json`)).json());
  const things = known();
  const counts = coverage(surface);
  const judged: Judge = judge(surface);
  let line: Sender = sender(url, connections);
  let drafts = 0;

  const draft = (operation: AskedOperation, who: Person, input: Input = {}): Draft => {
    drafts += 1;
    // It ends in a letter: digits beside those of a time could look like a card number.
    return drafted(operation, who, input, `fuzz-${drafts}-q`);
  };

  const ask = async (asked: Draft): Promise<Told> => {
    const answer = await line.send(asked);
    const verdict = judged(asked, answer);
    counts.add(asked, answer, verdict);
    const json = jsonOf(answer.text);
    const { status, headers } = answer;
    if (verdict.operation && status < 300) {
      things.learn(verdict.operation, asked.who.name, json);
      const sent = typeof asked.body === 'string' ? (jsonOf(asked.body) as any) : undefined;
      // An account is whatever took a password and was made.
      if (status === 201 && sent?.password) {
        const { email, password } = sent;
        things.learnAccount({ email, password });
      }
    }
    return { status, headers, json };
  };

  return {
    ...{ surface, known: things, chance, coverage: counts, draft, ask },
    valid: (operation, who, given = {}) =>
      draft(operation, who, {
        ...validInput(operation, who, { chance, known: things }),
        ...given,
      }),
    async until(make, isEnough) {
      const end = performance.now() + PATIENCE_MS;
      for (;;) {
        const told = await ask(make());
        if (isEnough(told) || performance.now() > end) return told;
        await sleep(LOOK_MS);
      }
    },
    moveTo(next) {
      line.close();
      line = sender(next, connections);
    },
    close: () => line.close(),
  };
}
