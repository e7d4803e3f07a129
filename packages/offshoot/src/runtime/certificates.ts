// With what does a process prove its name to others on a connection, and whom does it believe?
import type { Cancel } from './runtime.ts';

/** PEM texts. */
export interface Certificates {
  /** Its own, and what leads from it to an authority. */
  readonly certificate: string;
  readonly key: string;
  /** Whose certificates it believes: one or several, while they change. */
  readonly authorities: string;
}

/** Where certificates come from: made here for development, files in production. */
export interface CertificateSource {
  /** What to show from now on. Costs nothing: the same object until there is a newer one. */
  current(): Certificates;
  /** Told after `current` has become another. Connections that are open go on as they are. */
  onRenewed(listener: () => void): Cancel;
}

/** Whether who has this SPIFFE id (`spiffe://shop.local/host/sales`) may be talked to. */
export type Admits = (id: string) => boolean;
