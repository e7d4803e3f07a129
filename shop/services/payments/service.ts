// What makes up the service that holds and takes money?
import { service } from 'offshoot/service';
import { payments as contract } from '../../contracts/payments.ts';
import { authorise } from './authorise.ts';
import { capture } from './capture.ts';
import { paymentsByOrder } from './payment.ts';
import { reconcile } from './reconcile.ts';
import { cancelledOrders, refund } from './refund.ts';
import { readings, statements } from './statement.ts';
import { voidPayment } from './void.ts';

export const payments = service(contract, {
  handlers: { authorise, capture, void: voidPayment, refund, reconcile },
  collections: [paymentsByOrder, statements, readings],
  subscriptions: [cancelledOrders],
});
