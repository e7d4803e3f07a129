// How is a store read by who has no key: what is sealed stays sealed, and nothing is written?
import type { Sealer } from 'offshoot/security';

/** Leaves personal fields as they are stored. Sealing is refused: nobody writes with it. */
export const SEALED_EYES: Sealer = {
  seal() {
    throw new Error('a store that is only looked at is not written to');
  },
  open: (data) => data,
};
