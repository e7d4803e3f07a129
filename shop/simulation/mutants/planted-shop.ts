// Which patches plant the bugs of the shop?
import type { Patch } from './mutant.ts';

export const PLANTED_SHOP: readonly Patch[] = [
  {
    name: 'no provider key',
    file: 'packages/offshoot/src/rpc/outside-client.ts',
    find: `\`\${base}/\${name}\``,
    replace: `\`\${base}/\${name}/\${runtime.id()}\``,
  },
  {
    name: 'still at it means declined',
    file: 'shop/services/payments/provider-http.ts',
    find: "throw new OffshootError('OUTCOME_PENDING', 'the provider is still at it; ask again');",
    replace: "return { status: 'declined', reason: 'pending' };",
  },
  {
    name: 'reserved line by line',
    file: 'shop/services/inventory/reserve.ts',
    find: 'const unit = { appends: [append(streamOfFailure(orderId), [failed])] };',
    replace: `const before = lines.slice(0, lines.findIndex(({ sku }) => sku === short.sku));
      const unit = {
        appends: [append(streamOfFailure(orderId), [failed])],
        documents: eachLine(before, loaded.stocks, setAside),
      };`,
  },
  {
    name: 'released without a trace',
    file: 'shop/services/inventory/release.ts',
    find: 'return { documents: [put(reservations, orderId, closed, 0)], reply };',
    replace:
      'return { documents: closed.lines.map(() => put(reservations, orderId, closed, 0)), reply };',
    isRare: true,
  },
  {
    name: 'confirmed, not sold',
    file: 'shop/services/inventory/follow-orders.ts',
    find: '...eachLine(sold.lines, stocks, handOver),',
    replace: '...eachLine([], stocks, handOver),',
  },
  {
    name: 'stock comes back twice',
    file: 'shop/services/inventory/follow-orders.ts',
    find: "if (!found || found.data.status === 'released') return undefined;",
    replace: 'if (!found) return undefined;',
  },
  {
    name: 'expired without a question',
    file: 'shop/services/inventory/expire.ts',
    find: 'isRefused(order) || wasCancelled,',
    replace: "isRefused(order) || order.status !== 'confirmed',",
  },
  {
    name: 'only what is known is voided',
    file: 'shop/services/payments/void.ts',
    find: "?.data.status ?? 'authorised';",
    replace: "?.data.status ?? 'voided';",
  },
  {
    name: 'the money is kept',
    file: 'shop/services/payments/refund.ts',
    find: "if (payment?.status !== 'captured') return undefined;",
    replace: "if (payment?.status !== 'authorised') return undefined;",
  },
  {
    name: 'mail before the payment',
    file: 'shop/services/notifications/order-facts.ts',
    find: 'on(orders.events.confirmed,',
    replace: 'on(orders.events.created,',
  },
  {
    name: 'a fact without an address is lost',
    file: 'shop/services/notifications/order-facts.ts',
    find: 'return { documents: [put(pending, fact.eventId, fact, 0)] };',
    replace: 'return { documents: [] };',
  },
  {
    name: 'one mail an order',
    file: 'shop/services/notifications/send.ts',
    find: 'messageId: messageIdOf(fact.eventId),',
    replace: 'messageId: messageIdOf(fact.orderId),',
  },
  {
    name: 'statistics add up only',
    file: 'shop/services/orders/statistics.ts',
    find: '[from]: data.byStatus[from] - 1',
    replace: '[from]: data.byStatus[from]',
  },
  {
    name: 'a cancelled order is shipped',
    file: 'shop/services/orders/ship-order.ts',
    find: 'if (!order || !mayBecome(order.status, to)) return undefined;',
    replace: 'if (!order || order.status === to) return undefined;',
  },
  {
    name: 'a shipped order is cancelled',
    file: 'shop/services/orders/cancel-order.ts',
    find: "if (!mayBecome(from, 'cancelled'))",
    replace: "if (from === 'delivered' || from === 'cancelled')",
  },
  {
    name: 'a cancelled parcel is sent',
    file: 'shop/services/shipping/dispatch.ts',
    find: "return found?.data.status === 'created' ? leaving(found, at) : undefined;",
    replace: 'return found ? leaving(found, at) : undefined;',
  },
  {
    name: 'handed over without a question',
    file: 'shop/services/shipping/deliver.ts',
    find: 'if (BEYOND_RECALL.has(order.status)) return undefined;',
    replace: "if (order.status !== 'pending') return undefined;",
    isRare: true,
  },
  {
    name: 'what was placed is bought',
    file: 'shop/services/recommendations/learn.ts',
    find: 'on(orders.events.confirmed, {',
    replace: 'on(orders.events.created, {',
  },
  {
    name: 'a SKU named twice is claimed once',
    file: 'shop/services/orders/stock-keeping.ts',
    find: 'quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);',
    replace: 'quantities.set(sku, quantity);',
  },
  {
    name: 'a cancellation is not remembered',
    file: 'shop/services/orders/order.ts',
    find: "[orders.events.cancelled.type]: (order) => order && { ...order, status: 'cancelled' },",
    replace: '[orders.events.cancelled.type]: (order) => order,',
  },
];
