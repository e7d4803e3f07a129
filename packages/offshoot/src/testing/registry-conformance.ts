// Is everybody listed who is there, nobody who is gone, and does everybody hear of it?
import type { Check } from './check.ts';
import { leaseChecks } from './registry-conformance/leases.ts';
import { listChecks } from './registry-conformance/lists.ts';
import { outageChecks } from './registry-conformance/outages.ts';
import { watchChecks } from './registry-conformance/watching.ts';
import type { RegistryUnderTest } from './registry-under-test.ts';

/**
 * The checks of a registry, by what it promises. In its own time: with a `manualRuntime` none
 * waits for the clock.
 *
 * @example
 * for (const { name, run } of registryConformance('embedded', embedded)) test(name, run);
 */
export function registryConformance(name: string, subject: RegistryUnderTest): Check[] {
  return [listChecks, watchChecks, leaseChecks, outageChecks]
    .flatMap((of) => of(subject))
    .map((check) => ({ ...check, name: `${name}: ${check.name}` }));
}
