// How does an administrator put another key in the place of the one that signs?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { put, remove } from 'offshoot/store';
import { identity } from '../../contracts/identity.ts';
import {
  asNext,
  CURRENT,
  keyRing,
  PUBLISHED_MAX,
  publishedKeys,
  signingKeys,
} from './signing-key.ts';
import { keyCandidate } from './token-pair.ts';

/**
 * In order: the next key is published now and signs later, and no token is refused. Withdrawn: what
 * may have been stolen is believed nowhere in 5 s, with all its tokens; people log in again.
 */
export const rotate = commandHandler(identity.rotate, {
  prepare: async (_, reach) => ({ candidate: keyCandidate(reach) }),
  load: () => ({ ...keyRing(), keys: publishedKeys() }),
  decide({ input, prepared: { candidate }, loaded: { current, next, keys }, at }) {
    if (input.withdraw) {
      const key = { ...candidate, since: at };
      const gone = keys.filter(({ id }) => id !== CURRENT);
      const documents = [
        put(signingKeys, CURRENT, key, current?.revision ?? 0),
        ...gone.map(({ id, revision }) => remove(signingKeys, id, revision)),
      ];
      return { documents, reply: { kid: key.kid, signsFrom: at } };
    }
    // With one more, verifiers would not be told of all: its tokens, or another's, would be refused.
    if (!next && keys.length >= PUBLISHED_MAX - 1) return refuse('TOO_MANY_KEYS');
    const signsFrom = Math.min(at + input.afterSeconds * 1_000, next?.data.since ?? Infinity);
    const key = next?.data ?? candidate;
    const documents = [asNext(key, signsFrom, next?.revision ?? 0)];
    return { documents, reply: { kid: key.kid, signsFrom } };
  },
});
