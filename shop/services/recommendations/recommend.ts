// What is recommended with a product, and to a person?
import { refuse } from 'offshoot/contract';
import { queryHandler } from 'offshoot/service';
import { andThen, many, map, type Need, one } from 'offshoot/store';
import { recommendations } from '../../contracts/recommendations.ts';
import { baskets, companions, labels, OVERALL, popular } from './purchases.ts';
import { added, type Ranked } from './ranking.ts';

export const boughtTogether = queryHandler(recommendations.boughtTogether, {
  load: ({ input: { productId, limit } }) => ({
    product: one(labels, productId),
    items: andThen(one(companions, productId), (found) => named(found?.data.top ?? [], limit)),
  }),
  answer: ({ input: { productId }, loaded: { product, items } }) =>
    product ? { items } : refuse('PRODUCT_NOT_FOUND', { productId }),
});

export const forUser = queryHandler(recommendations.forUser, {
  load: ({ input: { limit }, principal }) => ({
    own: ownChoice(principal.kind === 'user' ? principal.id : '', limit),
  }),
  answer: ({ loaded: { own } }) => own,
});

type Basis = 'bought_together' | 'popular';

/** What goes with the person's basket; where nothing does, what is bought most. */
function ownChoice(userId: string, limit: number) {
  return andThen(one(baskets, userId), (basket) => {
    const bought = basket?.data.productIds ?? [];
    return andThen(many(companions, bought), (found) => {
      const lists = found.map((one) => one?.data.top ?? []);
      const fitting = added(lists, new Set(bought));
      if (fitting.length > 0) return based('bought_together', fitting, limit);
      return andThen(one(popular, OVERALL), (overall) =>
        based('popular', added([overall?.data.top ?? []], new Set(bought)), limit),
      );
    });
  });
}

const based = (basis: Basis, ranking: readonly Ranked[], limit: number) =>
  map(named(ranking, limit), (items) => ({ basis, items }));

interface Named extends Ranked {
  readonly productName: string | null;
}

function named(ranking: readonly Ranked[], limit: number): Need<Named[]> {
  const shown = ranking.slice(0, limit);
  const found = many(
    labels,
    shown.map(({ productId }) => productId),
  );
  return map(found, (known) =>
    shown.map((one, index) => ({ ...one, productName: known[index]?.data.name ?? null })),
  );
}
