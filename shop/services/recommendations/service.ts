// What makes up the service that knows what goes well together?
import { service } from 'offshoot/service';
import { recommendations as contract } from '../../contracts/recommendations.ts';
import { learning } from './learn.ts';
import { boughtTogether, forUser } from './recommend.ts';

export const recommendations = service(contract, {
  handlers: { forUser, boughtTogether },
  projections: [learning],
});
