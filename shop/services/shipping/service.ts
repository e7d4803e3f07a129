// What makes up the service that brings things to people?
import { service } from 'offshoot/service';
import { shipping as contract } from '../../contracts/shipping.ts';
import { deliver } from './deliver.ts';
import { dispatch, dispatchWhenDue } from './dispatch.ts';
import { followedOrders } from './follow-orders.ts';
import { readShipment } from './read-shipment.ts';
import { destinations, shipments } from './shipment.ts';

export const shipping = service(contract, {
  handlers: { get: readShipment, dispatch, deliver },
  collections: [shipments, destinations],
  subscriptions: [followedOrders],
  timers: [dispatchWhenDue],
});
