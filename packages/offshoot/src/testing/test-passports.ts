// How do the two sides of a wire know each other in a test?
import type { Runtime, SigningKey } from '../runtime/index.ts';
import {
  type PassportControl,
  type Passports,
  passportControl,
  passports,
} from '../security/index.ts';

export interface TestPassports {
  readonly passports: Passports;
  readonly control: PassportControl;
}

/** Passports of a host `edge` that may speak for people, and their control. */
export function testPassports(runtime: Runtime): TestPassports {
  const keyOf = (name: string): SigningKey =>
    runtime.cryptography.signingKey(runtime.cryptography.sha256(`test key of ${name}`));
  return {
    passports: passports({ runtime, self: 'edge', keyOf }),
    control: passportControl({ runtime, keyOf, speaksForPeople: (name) => name === 'edge' }),
  };
}
