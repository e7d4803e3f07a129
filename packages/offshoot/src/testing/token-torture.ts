// Which tokens must no verifier ever believe?
import { confused, unsigned } from './token-torture/algorithms.ts';
import { cut, shaped, signatures, spelt } from './token-torture/bytes.ts';
import { claims, texts } from './token-torture/claims.ts';
import { headers, kids } from './token-torture/headers.ts';
import { material, type TortureTarget, type TortureToken } from './token-torture/material.ts';

export type { TortureTarget, TortureToken } from './token-torture/material.ts';

const GROUPS = [unsigned, confused, kids, headers, claims, texts, cut, spelt, shaped, signatures];

/**
 * About a thousand false tokens made from one good one. All must be refused; some hold characters that
 * no HTTP client will send. With `sign` there are also tokens under a good signature that say what
 * no token may: those test what is read after the signature.
 *
 * @example
 * for (const { group, name, token } of tokenTorture({ good, now, x }))
 *   assert.throws(() => verify(token), `${group}: ${name}`)
 */
export function* tokenTorture(target: TortureTarget): Iterable<TortureToken> {
  const parts = material(target);
  for (const group of GROUPS) yield* group(parts);
}
