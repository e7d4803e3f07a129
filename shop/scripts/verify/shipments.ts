// Is everything that was sold under way, and nothing that was cancelled?
import type { Facts } from './facts.ts';
import { findings, type Invariant } from './invariant.ts';

/** What may have become of an order's shipment, by the order's status. */
const SHIPMENTS: Readonly<Record<string, readonly string[]>> = {
  pending: ['none'],
  shipped: ['dispatched'],
  delivered: ['delivered'],
  cancelled: ['none', 'cancelled'],
};

/** Every order that stands was dispatched; what was cancelled stayed, or was recalled. */
export function shipmentsInvariant({ orders, shipments }: Facts): Invariant {
  const found = findings();
  for (const [id, { status }] of orders) {
    const shipment = shipments.get(id)?.status ?? 'none';
    found.expect(
      SHIPMENTS[status]?.includes(shipment) ?? false,
      () => `order ${id} is ${status}, its shipment ${shipment}`,
    );
  }
  for (const id of shipments.keys())
    found.expect(orders.has(id), () => `shipment ${id} belongs to no order`);
  return found.conclude('what was sold is under way', `${shipments.size} shipments`);
}
