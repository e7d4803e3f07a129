// Who may not order any more? We are told by users, and ask nobody while somebody waits.
import { on, subscription } from 'offshoot/messaging';
import { collection, put } from 'offshoot/store';
import { users } from '../../../contracts/users.ts';

interface BlockedCustomer {
  readonly userId: string;
}

/** Its id is the customer's. */
export const blockedCustomers = collection<BlockedCustomer>('blocked_customers');

export const blockings = subscription('blocked-customers', [
  on(users.events.blocked, {
    decide({ event }) {
      const { userId } = event.data;
      return { documents: [put(blockedCustomers, userId, { userId })] };
    },
  }),
]);
