// What makes up the service that tells customers what became of their orders?
import { service } from 'offshoot/service';
import { notifications as contract } from '../../contracts/notifications.ts';
import { addresses } from './addresses.ts';
import { listNotifications } from './list-notifications.ts';
import { notices, pending, recipients } from './notice.ts';
import { orderFacts } from './order-facts.ts';

export const notifications = service(contract, {
  handlers: { list: listNotifications },
  collections: [recipients, pending, notices],
  subscriptions: [orderFacts, addresses],
});
