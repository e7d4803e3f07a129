// What makes up the service that takes orders and sees them through?
import { service } from 'offshoot/service';
import { orders as contract } from '../../contracts/orders.ts';
import { checkout } from './checkout.ts';
import { confirmOrder } from './confirm-order.ts';
import { placeOrder } from './place-order.ts';
import { customerNames, productNames } from './projections/names.ts';
import { customers, orderRows, productLabels } from './projections/order-row.ts';
import { readOrder } from './read-order.ts';

export const orders = service(contract, {
  handlers: { place: placeOrder, get: readOrder, confirm: confirmOrder },
  collections: [orderRows, customers, productLabels],
  subscriptions: [customerNames, productNames],
  sagas: [checkout],
});
