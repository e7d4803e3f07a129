// What do the crashed shop and whoever crashes it say to each other?
import type { StoreKind } from '../harness/protocol.ts';
import type { Arming } from '../points.ts';

/** The one argument of the process, as JSON. */
export interface ShopSetting {
  readonly store: StoreKind;
  readonly arming?: Arming;
}

export type ToShop = { readonly kind: 'arm'; readonly arming: Arming } | { readonly kind: 'end' };

export interface FromShop {
  readonly kind: 'ready';
  readonly url: string;
}
