// What makes up the service that counts things?
import { service } from 'offshoot/service';
import { inventory as contract } from '../../contracts/inventory.ts';
import { expireWhenDue } from './expire.ts';
import { followedOrders } from './follow-orders.ts';
import { readAvailability, readStock } from './read-stock.ts';
import { release } from './release.ts';
import { reservations } from './reservation.ts';
import { reserve } from './reserve.ts';
import { restock, seedStock } from './restock.ts';
import { stock } from './stock.ts';

export const inventory = service(contract, {
  handlers: {
    availability: readAvailability,
    stock: readStock,
    reserve,
    release,
    restock,
    seedStock,
  },
  collections: [stock, reservations],
  subscriptions: [followedOrders],
  timers: [expireWhenDue],
});
