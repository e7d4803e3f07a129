// How does a customer say what to pay with, without a card number ever coming near the shop?
import { z } from 'zod';

/** An id that the payment provider gave to the customer's browser. Digits have no place in it. */
export const PaymentMethod = z
  .string()
  .regex(/^pm_[a-z_]{1,40}$/, 'the id of a payment method (pm_…), never a card number');
