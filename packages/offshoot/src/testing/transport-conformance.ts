// Is a call the same call, whichever way it takes? One suite, run by every transport.
import type { Check } from './check.ts';
import { contents } from './transport-conformance/contents.ts';
import { endings } from './transport-conformance/endings.ts';
import type { OpenTransport, TransportFeatures } from './transport-under-test.ts';

/**
 * The checks of a transport. Run each under its name:
 *
 * @example
 * for (const { name, run } of transportConformance('http', open, { isWire: true })) test(name, run);
 */
export function transportConformance(
  name: string,
  open: OpenTransport,
  features: TransportFeatures,
): Check[] {
  return [contents, endings]
    .flatMap((part) => part(open, features))
    .map((check) => ({ ...check, name: `${name}: ${check.name}` }));
}
