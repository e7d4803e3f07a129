// When does a call stay in its own zone, and when is that zone too weak to take them all?
import type { Random } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';

export interface ZoneOptions {
  /** Where this process is. */
  readonly zone: string;
  /** How much more than its share a zone is built for. @default 1.4 */
  readonly spare?: number;
}

/**
 * Of the able endpoints those of the own zone, as long as these are enough: while `spare` × the able
 * share of the zone is at least 1, all calls stay; below it so large a share stays and the rest goes
 * to the other zones. Envoy's rule for localities, with its factor of 1.4: one of four may be gone
 * before anything leaves the zone.
 */
export function inZone(
  able: readonly Endpoint[],
  all: readonly Endpoint[],
  { zone, spare = 1.4 }: ZoneOptions,
  random: Random,
): readonly Endpoint[] {
  const isNear = ({ instance }: Endpoint) => instance.zone === zone;
  const near = able.filter(isNear);
  if (near.length === 0 || near.length === able.length) return able;
  const stays = (spare * near.length) / all.filter(isNear).length;
  return stays >= 1 || random() < stays ? near : able.filter((one) => !isNear(one));
}
