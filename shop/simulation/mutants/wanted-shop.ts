// Which bugs of the shop must the simulation find? Written down before any of them was planted.
import type { Wanted } from './mutant.ts';

export const SHOP: readonly Wanted[] = [
  {
    name: 'no provider key',
    source: 'trap 33',
    what: 'a charge that is sent again is another charge',
  },
  {
    name: 'still at it means declined',
    source: 'trap 31',
    what: 'the provider has not decided yet, and the shop takes it for a no',
  },
  {
    name: 'reserved line by line',
    source: 'trap 23',
    what: 'the lines before the one that is short are set aside',
  },
  {
    name: 'released without a trace',
    source: 'RELIABILITY 3',
    what: 'a release that came first leaves nothing for its reserve to meet',
  },
  {
    name: 'confirmed, not sold',
    source: 'NAMES checkout',
    what: 'a reservation is sold, and its stock stays set aside',
  },
  {
    name: 'stock comes back twice',
    source: 'trap 28',
    what: 'a released reservation is released by the cancellation as well',
  },
  {
    name: 'expired without a question',
    source: 'NAMES checkout',
    what: 'stock goes back although its order may still be confirmed',
  },
  {
    name: 'only what is known is voided',
    source: 'trap 26',
    what: 'an authorisation whose answer was lost stays on hold',
  },
  {
    name: 'the money is kept',
    source: 'trap 27',
    what: 'an order is cancelled after its payment, which is not given back',
  },
  {
    name: 'refunded by another name',
    source: 'trap 33',
    what: 'a refund has the key of its cause: another cause, another refund',
  },
  {
    name: 'mail before the payment',
    source: 'trap 22',
    what: 'the confirmation goes out when the order is placed',
  },
  {
    name: 'a fact without an address is lost',
    source: 'trap 49',
    what: 'a mail is not sent later if its reader is not known yet',
  },
  {
    name: 'one mail an order',
    source: 'trap 28',
    what: 'two facts about one order share a Message-ID',
  },
  {
    name: 'statistics add up only',
    source: 'trap 50',
    what: 'an order is counted where it was as well as where it is',
  },
  {
    name: 'a cancelled order is shipped',
    source: 'trap 50',
    what: 'news that comes late changes what was decided',
  },
  {
    name: 'a shipped order is cancelled',
    source: 'NAMES checkout',
    what: 'a parcel that is on its way no longer holds up a cancellation',
  },
  {
    name: 'a cancelled parcel is sent',
    source: 'trap 22',
    what: 'what was stopped leaves the house when its timer comes',
  },
  {
    name: 'handed over without a question',
    source: 'RELIABILITY 3',
    what: 'a parcel is delivered whose order may be cancelled',
  },
  {
    name: 'what was placed is bought',
    source: 'trap 22',
    what: 'recommendations count orders that were never confirmed',
  },
  {
    name: 'a SKU named twice is claimed once',
    source: 'trap 23',
    what: 'of two lines with one SKU the last one counts',
  },
  {
    name: 'a cancellation is not remembered',
    source: 'trap 48',
    what: 'an order that is read again does not know that it was cancelled',
  },
];
