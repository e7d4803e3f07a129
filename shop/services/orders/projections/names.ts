// How do the names of customers and products get here? They are told to us, never fetched.
import { on, subscription } from 'offshoot/messaging';
import { put } from 'offshoot/store';
import { catalog } from '../../../contracts/catalog.ts';
import { users } from '../../../contracts/users.ts';
import { customers, productLabels } from './order-row.ts';

export const customerNames = subscription('customer-names', [
  on(users.events.created, {
    decide({ event }) {
      const { userId, name } = event.data;
      return { documents: [put(customers, userId, { userId, name })] };
    },
  }),
]);

export const productNames = subscription('product-names', [
  on(catalog.events.created, {
    decide({ event }) {
      const { productId, name } = event.data;
      return { documents: [put(productLabels, productId, { productId, name })] };
    },
  }),
]);
