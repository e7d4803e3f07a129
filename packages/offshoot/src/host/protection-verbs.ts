// What can an operator see of the breakers and limits of one host, and overrule?
import { OffshootError } from '../error/index.ts';
import type { BreakerLook, Protections, ProtectionsLook } from '../resilience/index.ts';
import type { OperatorVerbs } from './operator-door.ts';

interface Asked {
  /** Of the breaker. */
  readonly name?: string;
}

/**
 * `protections`, all there is in one answer, and `breaker.open`, `breaker.close`, `breaker.auto`
 * (left to itself again), `breaker.reset` (closed, as new). They refuse with BREAKER_NOT_FOUND.
 */
export function protectionVerbs(shown: Protections): OperatorVerbs {
  const overrule =
    (act: (found: ReturnType<Protections['find']>) => void) =>
    ({ name }: Asked): BreakerLook => {
      if (typeof name !== 'string' || name === '')
        throw new OffshootError('VALIDATION_FAILED', 'name a breaker: see offshoot breaker ls');
      const found = shown.find(name);
      act(found);
      return found.look();
    };
  return {
    protections: (): ProtectionsLook => shown.look(),
    'breaker.open': overrule((one) => one.force('open')),
    'breaker.close': overrule((one) => one.force('closed')),
    'breaker.auto': overrule((one) => one.force(undefined)),
    'breaker.reset': overrule((one) => one.reset()),
  };
}
