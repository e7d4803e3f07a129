// How does stock change, so that nothing is ever sold twice?
import { OffshootError } from 'offshoot/error';
import { collection } from 'offshoot/store';
import type { StockLine } from '../../contracts/inventory.ts';

/** available = initial + restocked - reserved - sold, and never below 0. */
export interface Stock {
  readonly sku: string;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  /** What the shop opened with. */
  readonly initial: number;
  readonly restocked: number;
  readonly location: string;
}

export const stock = collection<Stock>('stock');

export const opened = (sku: string, quantity: number, location: string): Stock => ({
  sku,
  available: quantity,
  reserved: 0,
  sold: 0,
  initial: quantity,
  restocked: 0,
  location,
});

export const setAside = (of: Stock, quantity: number): Stock =>
  sound({ ...of, available: of.available - quantity, reserved: of.reserved + quantity });

export const putBack = (of: Stock, quantity: number): Stock =>
  sound({ ...of, available: of.available + quantity, reserved: of.reserved - quantity });

export const handOver = (of: Stock, quantity: number): Stock =>
  sound({ ...of, reserved: of.reserved - quantity, sold: of.sold + quantity });

/** Sold, and back on the shelf: its order was cancelled. */
export const takeBack = (of: Stock, quantity: number): Stock =>
  sound({ ...of, available: of.available + quantity, sold: of.sold - quantity });

export const arrived = (of: Stock, quantity: number): Stock =>
  sound({ ...of, available: of.available + quantity, restocked: of.restocked + quantity });

/** A count below zero is a mistake of ours, and must not be stored. */
function sound(changed: Stock): Stock {
  const { sku, available, reserved, sold, initial, restocked } = changed;
  const balanced = available === initial + restocked - reserved - sold;
  if (balanced && Math.min(available, reserved, sold) >= 0) return changed;
  throw new OffshootError('INTERNAL_ERROR', `the stock of ${sku} would not add up`);
}

/** One line per SKU, however often a SKU was named; in the order of first mention. */
export function merged(lines: readonly StockLine[]): StockLine[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

export const skusOf = (lines: readonly StockLine[]) => lines.map(({ sku }) => sku);
