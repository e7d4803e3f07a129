// What is a shipment, where does it go, and what may become of it?
import type { Erased } from 'offshoot/contract';
import { collection, type Document, type DocumentChange, one, put } from 'offshoot/store';
import type { z } from 'zod';
import type { StockLine } from '../../contracts/inventory.ts';
import type { Address } from '../../contracts/orders.ts';
import type { ShipmentStatus } from '../../contracts/shipping.ts';

/** Its id is the order's. */
export interface Shipment {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: ShipmentStatus;
  readonly lines: readonly StockLine[];
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Known from the day the order was placed; forgotten when the order is cancelled. */
export interface Destination {
  readonly orderId: string;
  readonly customerId: string;
  readonly address: z.output<typeof Address> | Erased;
}

export const shipments = collection<Shipment>('shipments');
export const destinations = collection<Destination>('destinations', {
  personal: { subject: 'customerId', fields: ['address'] },
});

export const shipmentOf = (orderId: string) => one(shipments, orderId);
export const streamOfShipment = (orderId: string) => `shipment/${orderId}`;

/** Every legal transition. What is dispatched can be recalled until it is handed over. */
export const TRANSITIONS: Readonly<Record<ShipmentStatus, readonly ShipmentStatus[]>> = {
  created: ['dispatched', 'cancelled'],
  dispatched: ['delivered', 'cancelled'],
  delivered: [],
  cancelled: [],
};

export const mayBecome = (from: ShipmentStatus, to: ShipmentStatus) =>
  TRANSITIONS[from].includes(to);

/** The shipment with another status. */
export function moved(
  { id, revision, data }: Document<Shipment>,
  status: ShipmentStatus,
  at: number,
): DocumentChange<Shipment> {
  return put(shipments, id, { ...data, status, updatedAt: at }, revision);
}
