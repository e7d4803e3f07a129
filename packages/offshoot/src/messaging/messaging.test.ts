// Do the embedded broker and the store's feed keep the promises of messaging?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failures, type MessagingAdapter, messagingConformance } from '../testing/index.ts';
import { type Envelope, embeddedBroker, storeFeed, written } from './index.ts';

const embedded: MessagingAdapter = { broker: () => embeddedBroker(), feed: storeFeed };

for (const { name, run } of messagingConformance('embedded', embedded)) test(name, run);

const without = (event: Envelope): Envelope => {
  const { previous: _, ...rest } = written(event);
  return rest;
};

const PLANTED: Readonly<Record<string, MessagingAdapter>> = {
  'a broker that never delivers': {
    ...embedded,
    broker: () => ({ ...embeddedBroker(), publish: () => {} }),
  },
  'a broker that forgets the chain of a key': {
    ...embedded,
    broker: () => {
      const whole = embeddedBroker();
      const publish: typeof whole.publish = (page) =>
        whole.publish({ ...page, events: page.events.map(without) });
      return { ...whole, publish };
    },
  },
  'a feed that skips an event and says it has looked': {
    ...embedded,
    feed: (service, store) => {
      const whole = storeFeed(service, store);
      return {
        ...whole,
        page: async (after, limit) => {
          const page = await whole.page(after, limit);
          return { ...page, events: page.events.slice(1) };
        },
      };
    },
  },
  'a feed that looks further than it has read': {
    ...embedded,
    feed: (service, store) => {
      const whole = storeFeed(service, store);
      return {
        ...whole,
        page: async (after, limit) => ({ ...(await whole.page(after, limit)), upto: store.head() }),
      };
    },
  },
  'a broker that makes up another sequence': {
    ...embedded,
    broker: () => {
      const whole = embeddedBroker();
      const publish: typeof whole.publish = (page) => {
        const moved = { ...page.upto, seq: page.upto.seq + 1 };
        whole.publish({ ...page, upto: moved });
      };
      return { ...whole, publish };
    },
  },
};

for (const [defect, adapter] of Object.entries(PLANTED))
  test(`the suite finds ${defect}`, async () => {
    assert.notDeepEqual(await failures(messagingConformance('planted', adapter)), []);
  });
