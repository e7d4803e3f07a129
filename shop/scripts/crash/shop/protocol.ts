// What do the crashed shop and whoever crashes it say to each other?
import type { Arming } from '../points.ts';

export type ToShop = { readonly kind: 'arm'; readonly arming: Arming } | { readonly kind: 'end' };

export interface FromShop {
  readonly kind: 'ready';
  readonly url: string;
}
