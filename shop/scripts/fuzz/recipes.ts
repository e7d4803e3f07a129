// How is each documented answer provoked that chance rarely meets? Recipes, a few lines each.
import type { Cast, Person } from './person.ts';
import type { Draft } from './request.ts';
import type { Scene } from './scene.ts';
import type { Stage } from './stage.ts';
import type { AskedOperation } from './surface.ts';

export interface Bench extends Stage {
  readonly cast: Cast;
  readonly scene: Scene;
}

export interface Recipe {
  readonly status: number;
  /** The operations it is for. @default all that document the status and have no recipe of their own */
  readonly of?: readonly string[];
  make(operation: AskedOperation, bench: Bench): Promise<void>;
}

const TRIES = 3;
const BODY_BYTES_MAX = 1_048_576;
const HEADER_BYTES_MAX = 16_384;
const UNKNOWN = 'nobody-knows-this';

/** Who may do it, if anybody may. */
const fitting = ({ isRestricted }: AskedOperation, { cast }: Bench): Person =>
  isRestricted ? cast.admin : cast.customer;

/** A good request, spoiled in one way. */
const spoiled =
  (spoil: (draft: Draft, operation: AskedOperation) => void): Recipe['make'] =>
  async (operation, bench) => {
    const draft = bench.valid(operation, fitting(operation, bench));
    spoil(draft, operation);
    await bench.ask(draft);
  };

/** With the header field instead of what it was. */
const withHeader = (name: string, value: string) =>
  spoiled(({ headers }) => {
    headers[name] = value;
  });

/** Good requests of whoever might have something to see. */
const asked: Recipe['make'] = async (operation, bench) => {
  const { customer, admin } = bench.cast;
  for (const who of [fitting(operation, bench), customer, admin])
    for (let tried = 0; tried < TRIES; tried += 1) await bench.ask(bench.valid(operation, who));
};

/** As this person, whatever they say. */
const by =
  (choose: (cast: Cast) => Person, given: (bench: Bench) => Record<string, unknown> = () => ({})) =>
  async (operation: AskedOperation, bench: Bench): Promise<void> => {
    await bench.ask(bench.valid(operation, choose(bench.cast), given(bench)));
  };

const twice: Recipe['make'] = async (operation, bench) => {
  const who = fitting(operation, bench);
  const draft = bench.valid(operation, who);
  await bench.ask(draft);
  const { body } = draft;
  await bench.ask({ ...bench.valid(operation, who), body });
};

const asBody = (text: string) =>
  spoiled((draft) => {
    draft.headers['content-type'] = 'application/json';
    draft.body = text;
  });

export const RECIPES: readonly Recipe[] = [
  ...[200, 201, 202, 204].map((status): Recipe => ({ status, make: asked })),
  {
    status: 200,
    of: ['users.block'],
    make: by(
      ({ admin }) => admin,
      ({ scene }) => ({ userId: scene.expendable }),
    ),
  },
  {
    status: 202,
    of: ['users.erase'],
    make: by(
      ({ admin }) => admin,
      ({ scene }) => ({ userId: scene.expendable }),
    ),
  },
  {
    status: 200,
    of: ['identity.refresh'],
    make: by(
      ({ customer }) => customer,
      ({ scene }) => ({ refreshToken: scene.refreshToken }),
    ),
  },
  {
    status: 200,
    of: ['shipping.deliver'],
    make: by(
      ({ admin }) => admin,
      ({ scene }) => ({ orderId: scene.shipped }),
    ),
  },
  {
    status: 304,
    async make(operation, bench) {
      for (const who of [fitting(operation, bench), bench.cast.admin]) {
        const draft = bench.valid(operation, who);
        const { status, headers } = await bench.ask(draft);
        if (status !== 200) continue;
        const again = {
          ...draft,
          headers: { ...draft.headers, 'if-none-match': headers.etag ?? '' },
        };
        await bench.ask(again);
        await bench.ask({ ...again, headers: { ...draft.headers, 'if-none-match': '*' } });
      }
    },
  },
  {
    status: 400,
    make: async (operation, bench) => {
      const breakQuery = spoiled((draft) => {
        draft.target += '?%zz';
      });
      await (operation.sendsBody ? asBody('{"a":') : breakQuery)(operation, bench);
    },
  },
  {
    status: 401,
    async make(operation, bench) {
      const [first = bench.cast.erased] = bench.cast.strangers.filter((one) => one.authorization);
      await bench.ask(bench.valid(operation, first));
    },
  },
  { status: 403, make: by(({ customer }) => customer) },
  { status: 403, of: ['orders.place'], make: by(({ blocked }) => blocked) },
  {
    status: 403,
    of: ['orders.list'],
    make: by(
      ({ customer }) => customer,
      ({ cast }) => ({ customerId: cast.other.userId }),
    ),
  },
  {
    status: 404,
    async make(operation, bench) {
      const unknown = operation.inPath.map((name): [string, string] => [
        name,
        name === 'sku' ? 'NOT-A-SKU' : UNKNOWN,
      ]);
      const who = fitting(operation, bench);
      await bench.ask(bench.valid(operation, who, Object.fromEntries(unknown)));
    },
  },
  {
    status: 404,
    of: ['orders.place'],
    make: by(
      ({ customer }) => customer,
      () => ({ items: [{ productId: UNKNOWN, quantity: 1 }] }),
    ),
  },
  { status: 404, of: ['users.me', 'users.update'], make: by(({ erased }) => erased) },
  { status: 409, make: twice },
  {
    status: 409,
    of: ['orders.cancel'],
    make: by(
      ({ customer }) => customer,
      ({ scene }) => ({ orderId: scene.cancelled }),
    ),
  },
  {
    status: 409,
    of: ['shipping.deliver'],
    make: by(
      ({ admin }) => admin,
      ({ scene }) => ({ orderId: scene.cancelled }),
    ),
  },
  { status: 412, make: withHeader('if-match', '"999999"') },
  { status: 413, make: asBody(`{"a":"${'x'.repeat(BODY_BYTES_MAX)}"}`) },
  {
    status: 415,
    make: spoiled((draft) => {
      draft.headers['content-type'] = 'text/plain';
      draft.body = 'a=1';
    }),
  },
  {
    status: 422,
    async make(operation, bench) {
      const isCommand = operation.headers.has('idempotency-key');
      const who = fitting(operation, bench);
      const long = operation.inPath.map((name): [string, string] => [name, 'x'.repeat(100)]);
      const inQuery = Object.keys(operation.form.properties ?? {}).filter(
        (name) => !operation.inPath.includes(name),
      );
      const wrong = inQuery.slice(0, 1).map((name): [string, unknown] => [name, ['', '']]);
      const draft = bench.valid(operation, who, Object.fromEntries([...long, ...wrong]));
      if (isCommand) draft.headers['idempotency-key'] = 'a b';
      await bench.ask(draft);
    },
  },
  {
    status: 428,
    make: spoiled(({ headers }) => {
      delete headers['if-match'];
    }),
  },
  { status: 431, make: withHeader('x-junk', 'x'.repeat(HEADER_BYTES_MAX)) },
];

/** What provokes a status of an operation: its own recipes, else those for all. */
export function recipesFor({ id }: AskedOperation, status: number): readonly Recipe[] {
  const all = RECIPES.filter((one) => one.status === status);
  const own = all.filter(({ of }) => of?.includes(id));
  return own.length > 0 ? own : all.filter(({ of }) => of === undefined);
}
