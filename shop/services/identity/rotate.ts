// How does another key take the place of the one that signs, in order or at once?
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
 * The next key is published now and signs later; one that is published already may sign sooner, never
 * later. No token is refused. While verifiers would not take one more, the key that signs goes on.
 */
export const rotate = commandHandler(identity.rotate, {
  prepare: async (_, reach) => ({ candidate: keyCandidate(reach) }),
  load: () => ({ ...keyRing(), keys: publishedKeys() }),
  decide({ input, prepared: { candidate }, loaded: { current, next, keys }, at }) {
    const isFull = !next && keys.length >= PUBLISHED_MAX - 1;
    if (isFull && current)
      return { reply: { kid: current.data.kid, signsFrom: current.data.since ?? at } };
    const soonest = at + input.afterSeconds * 1_000;
    const signsFrom = Math.min(soonest, next?.data.since ?? soonest);
    const key = next?.data ?? candidate;
    const documents = [asNext(key, signsFrom, next?.revision ?? 0)];
    return { documents, reply: { kid: key.kid, signsFrom } };
  },
});

/** What may have been stolen is believed nowhere in 5 s, with all its tokens. */
export const withdraw = commandHandler(identity.withdraw, {
  prepare: async (_, reach) => ({ candidate: keyCandidate(reach) }),
  load: () => ({ ...keyRing(), keys: publishedKeys() }),
  decide({ prepared: { candidate }, loaded: { current, keys }, at }) {
    const gone = keys.filter(({ id }) => id !== CURRENT);
    const documents = [
      put(signingKeys, CURRENT, { ...candidate, since: at }, current?.revision ?? 0),
      ...gone.map(({ id, revision }) => remove(signingKeys, id, revision)),
    ];
    return { documents, reply: { kid: candidate.kid } };
  },
});
