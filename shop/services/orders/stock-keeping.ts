// How does the shop's language become the warehouse's? The only place where ProductId meets SKU.
import type { Quote } from '../../contracts/catalog.ts';
import type { StockLine } from '../../contracts/inventory.ts';
import { add, type Money, times } from '../../contracts/money.ts';
import type { OrderItem } from '../../contracts/orders.ts';

interface Wish {
  readonly productId: string;
  readonly quantity: number;
}

/** What was asked for, at the prices and under the SKUs of now; undefined if one has no quote. */
export function pricedItems(
  wishes: readonly Wish[],
  quotes: readonly Quote[],
): OrderItem[] | undefined {
  const byProduct = new Map(quotes.map((quote) => [quote.productId, quote]));
  const items = wishes.flatMap(({ productId, quantity }): OrderItem[] => {
    const quote = byProduct.get(productId);
    return quote ? [{ productId, sku: quote.sku, quantity, price: quote.price }] : [];
  });
  return items.length === wishes.length ? items : undefined;
}

/** What an order claims from the warehouse: one line per SKU. */
export function stockLines(items: readonly OrderItem[]): StockLine[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

/** The sum over at least one item. Throws VALIDATION_FAILED where currencies would mix. */
export function totalOf(items: readonly OrderItem[]): Money {
  return items.map(({ price, quantity }) => times(price, quantity)).reduce(add);
}
