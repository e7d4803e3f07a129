// How does the service know where a customer reads mail? It is told, and keeps it sealed.
import { OffshootError } from 'offshoot/error';
import { on, subscription } from 'offshoot/messaging';
import { one, put, remove, where } from 'offshoot/store';
import { users } from '../../contracts/users.ts';
import { forgotten, type Outcome, pending, recipients, told } from './notice.ts';
import { send } from './send.ts';

/** Of one customer, all from before the profile arrived here. */
const PENDING_MAX = 1_000;
const pendingOf = (userId: string) => where(pending, 'userId', userId, { limit: PENDING_MAX });

/** The address is kept in the commit that says what became of the facts that waited for it. */
export const arrival = on(users.events.created, {
  async prepare({ event }, reach) {
    const outcomes = new Map<string, Outcome>();
    // One after another: an order's confirmation goes out before its shipment.
    for (const { id, data: fact } of await reach.read(pendingOf(event.data.userId)))
      outcomes.set(id, await send(reach, fact, event.data));
    return outcomes;
  },
  load: ({ event }) => ({ waiting: pendingOf(event.data.userId) }),
  decide({ event, prepared: outcomes, loaded, at }) {
    const { userId, name, email } = event.data;
    const units = loaded.waiting.map(({ id, data: fact }) => {
      const outcome = outcomes.get(id);
      if (!outcome)
        throw new OffshootError('UNAVAILABLE', `a fact about ${fact.orderId} came just now`);
      return told(fact, outcome, at);
    });
    return {
      appends: units.flatMap(({ appends = [] }) => appends),
      documents: [
        put(recipients, userId, { userId, name, email }),
        ...units.flatMap(({ documents = [] }) => documents),
        ...loaded.waiting.map(({ id }) => remove(pending, id)),
      ],
    };
  },
});

export const addresses = subscription('addresses', [
  arrival,
  on(users.events.updated, {
    load: ({ event }) => ({ recipient: one(recipients, event.data.userId) }),
    decide({ event, loaded: { recipient } }) {
      if (!recipient) return undefined;
      const { userId, name } = event.data;
      return { documents: [put(recipients, userId, { ...recipient.data, name })] };
    },
  }),
  on(users.events.erased, {
    decide: ({ event }) => ({ documents: [forgotten(event.data.userId)] }),
  }),
]);
