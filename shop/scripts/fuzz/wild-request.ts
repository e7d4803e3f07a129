// What does chance ask next: which operation, in whose name, and what is wrong with it?
import type { Chance } from './chance.ts';
import type { Cast, Person } from './person.ts';
import type { Draft } from './request.ts';
import { INPUT_SPOILINGS } from './spoiled-input.ts';
import { DRAFT_SPOILINGS } from './spoiled-request.ts';
import type { Stage } from './stage.ts';
import { validInput } from './valid-input.ts';

interface Share {
  readonly weight: number;
  choose(cast: Cast, chance: Chance): Person;
}

/** How often somebody asks in each name. */
const SHARES: readonly Share[] = [
  { weight: 40, choose: ({ customer }) => customer },
  { weight: 30, choose: ({ admin }) => admin },
  { weight: 8, choose: ({ other }) => other },
  { weight: 3, choose: ({ blocked }) => blocked },
  { weight: 2, choose: ({ erased }) => erased },
  { weight: 17, choose: ({ strangers }, chance) => chance.pick(strangers) },
];
/** Hashing a password takes longer than everything else together. */
const COSTLY: ReadonlySet<string> = new Set(['identity.signup', 'identity.login']);
const COSTLY_WEIGHT = 0.25;
const GOOD_SHARE = 0.4;
/** Of what is not good. */
const INPUT_SHARE = 0.6;
const FIRST_SHARE = 0.55;
const NEXT_SHARE = 0.15;

/** The stream of a seed. What is asked about is alive, so it differs from run to run. */
export function wildRequests(stage: Stage, cast: Cast): () => Draft {
  const { chance, surface, known } = stage;
  const operations = surface.operations.map((operation) => ({
    operation,
    weight: COSTLY.has(operation.id) ? COSTLY_WEIGHT : 1,
  }));
  return () => {
    const { operation } = chance.weighted(operations);
    const who = chance.weighted(SHARES).choose(cast, chance);
    const input = validInput(operation, who, { chance, known });
    const isGood = chance.happens(GOOD_SHARE);
    const how: string[] = [];
    if (!isGood && chance.happens(INPUT_SHARE)) {
      const { name, spoil } = chance.weighted(INPUT_SPOILINGS);
      spoil(input, operation, chance);
      how.push(name);
    }
    const draft = stage.draft(operation, who, input);
    draft.how.push(...how);
    for (let share = isGood ? 0 : FIRST_SHARE; chance.happens(share); share = NEXT_SHARE) {
      const { name, spoil } = chance.weighted(DRAFT_SPOILINGS.filter((one) => one.fits(draft)));
      spoil(draft, chance);
      draft.how.push(name);
    }
    return draft;
  };
}
