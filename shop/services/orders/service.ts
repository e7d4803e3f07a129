// What makes up the service that takes orders and sees them through?
import { service } from 'offshoot/service';
import { orders as contract } from '../../contracts/orders.ts';
import { cancelOrder } from './cancel-order.ts';
import { checkout } from './checkout.ts';
import { confirmOrder } from './confirm-order.ts';
import { listOrders } from './list-orders.ts';
import { placeOrder } from './place-order.ts';
import { blockedCustomers, blockings } from './projections/blocked-customers.ts';
import { customerNames, productNames } from './projections/names.ts';
import { customers, orderRows, productLabels } from './projections/order-row.ts';
import { readOrder, readStatus } from './read-order.ts';
import { followedShipments } from './ship-order.ts';
import { customerStatistics, readStatistics } from './statistics.ts';

export const orders = service(contract, {
  handlers: {
    place: placeOrder,
    list: listOrders,
    statistics: readStatistics,
    get: readOrder,
    status: readStatus,
    cancel: cancelOrder,
    confirm: confirmOrder,
  },
  collections: [orderRows, customers, productLabels, blockedCustomers, customerStatistics],
  subscriptions: [customerNames, productNames, blockings, followedShipments],
  sagas: [checkout],
});
