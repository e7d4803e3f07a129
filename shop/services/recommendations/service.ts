// What makes up the service that knows what goes well together?
import { service } from 'offshoot/service';
import { recommendations as contract } from '../../contracts/recommendations.ts';
import { learning } from './learn.ts';
import { baskets, companions, labels, pairs, popular, sales } from './purchases.ts';
import { boughtTogether, forUser } from './recommend.ts';

export const recommendations = service(contract, {
  handlers: { forUser, boughtTogether },
  collections: [sales, pairs, companions, popular, baskets, labels],
  subscriptions: learning,
});
