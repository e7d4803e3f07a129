// Does stock add up, whatever happens to an order?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { inventory } from '../../contracts/inventory.ts';
import { orders } from '../../contracts/orders.ts';
import { expireWhenDue } from './expire.ts';
import { followedOrders } from './follow-orders.ts';
import { release } from './release.ts';
import type { Reservation, ReservationStatus } from './reservation.ts';
import { reserve } from './reserve.ts';
import { restock, seedStock } from './restock.ts';
import {
  arrived,
  handOver,
  merged,
  opened,
  putBack,
  type Stock,
  setAside,
  takeBack,
} from './stock.ts';

const lines = [
  { sku: 'SKU-1', quantity: 2 },
  { sku: 'SKU-2', quantity: 1 },
];
const stored = <T>(id: string, data: T, revision = 3) => ({ id, revision, data });
const stockOf = (sku: string, quantity: number) => stored(sku, opened(sku, quantity, 'hall'));
const full = [stockOf('SKU-1', 5), stockOf('SKU-2', 5)];
const aside = lines.map(({ sku, quantity }) =>
  stored(sku, setAside(opened(sku, 5, 'hall'), quantity)),
);
const claim = (status: ReservationStatus, of = lines) =>
  stored<Reservation>('o-1', { orderId: 'o-1', status, lines: of, expires: 900_000 });
const reply = { reservationId: 'o-1' };

const decided = (handler: { handling: { decide: (given: any) => unknown } }, given: object) =>
  handler.handling.decide({ at: 0, ...given }) as any;
const reserving = (loaded: object, of = lines) =>
  decided(reserve, { input: { orderId: 'o-1', lines: of }, loaded });
const releasing = (reservation: unknown, stocks: unknown[] = []) =>
  decided(release, { input: { orderId: 'o-1' }, loaded: { claim: { reservation, stocks } } });
const hearing = (type: string, reservation: unknown, stocks: unknown[] = []) => {
  const { handling } = followedOrders.handlers.get(type)!;
  const event = { data: { orderId: 'o-1' } };
  return decided({ handling }, { event, loaded: { claim: { reservation, stocks } } });
};
const selling = (reservation: unknown, stocks?: unknown[]) =>
  hearing('order.confirmed.v1', reservation, stocks);
const cancelling = (reservation: unknown, stocks?: unknown[]) =>
  hearing('order.cancelled.v1', reservation, stocks);
const expiring = (
  isOver: boolean,
  reservation: unknown,
  stocks: unknown[] = [],
  wasCancelled = false,
) =>
  expireWhenDue.handling.decide({
    ...{
      id: 'o-1',
      prepared: { isOver, wasCancelled },
      loaded: { claim: { reservation, stocks } },
      at: 7,
    },
  }) as any;
const stocksOf = (unit: any): Stock[] =>
  unit.documents.filter((one: any) => one.collection.name === 'stock').map((one: any) => one.data);

describe('stock', () => {
  test('adds up after any run of changes, or the change is refused', () => {
    const changes = [setAside, putBack, handOver, arrived, takeBack];
    const step = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let now = opened('SKU-1', 10, 'hall');
        for (const [which, quantity] of steps) {
          try {
            now = changes[which]!(now, quantity);
          } catch (error) {
            assert.equal((error as { code: string }).code, 'INTERNAL_ERROR');
          }
          assert.ok(Math.min(now.available, now.reserved, now.sold) >= 0);
          assert.equal(now.available, now.initial + now.restocked - now.reserved - now.sold);
        }
      }),
    );
  });

  test('lines of one SKU become one line', () => {
    const twice = [...lines, { sku: 'SKU-1', quantity: 4 }];
    assert.deepEqual(merged(twice), [{ sku: 'SKU-1', quantity: 6 }, lines[1]]);
  });

  test('arrives, and is told', () => {
    const unit = decided(restock, {
      input: { sku: 'SKU-1', quantity: 7 },
      loaded: { found: full[0] },
    });
    assert.deepEqual(unit.reply, { sku: 'SKU-1', available: 12 });
    assert.equal(unit.documents[0].data.restocked, 7);
    const unknown = decided(restock, { input: { sku: 'SKU-9', quantity: 7 }, loaded: {} });
    assert.equal(unknown.refusal, 'PRODUCT_NOT_FOUND');
  });

  test('is set the first time only', () => {
    const items = lines.map((one) => ({ ...one, location: 'hall' }));
    const unit = decided(seedStock, { input: { items }, loaded: { known: [full[0], undefined] } });
    assert.deepEqual(
      unit.documents.map((one: any) => [one.id, one.expected]),
      [['SKU-2', 0]],
    );
    assert.deepEqual(unit.reply, { created: 1 });
  });
});

describe('a reservation', () => {
  test('given enough, when reserved, then every line is set aside and told', () => {
    const unit = reserving({ stocks: full });
    assert.deepEqual(
      stocksOf(unit).map(({ available, reserved }) => [available, reserved]),
      [
        [3, 2],
        [4, 1],
      ],
    );
    assert.deepEqual(unit.appends[0].events, [
      inventory.events.reserved({ orderId: 'o-1', lines }),
    ]);
    assert.deepEqual(unit.documents[0].data, claim('reserved').data);
    assert.deepEqual(unit.timers, [{ name: 'reservation-expiry', id: 'o-1', due: 900_000 }]);
    assert.deepEqual(
      unit.documents.map((one: any) => one.expected),
      [0, 3, 3],
    );
  });

  test('given one thing too few or unknown, when reserved, then nothing is', () => {
    const short = reserving({ stocks: [full[0], stockOf('SKU-2', 0)] });
    assert.equal(short.refusal, 'OUT_OF_STOCK');
    assert.deepEqual(short.data, { sku: 'SKU-2', available: 0 });
    assert.equal(short.unit.documents, undefined);
    assert.equal(short.unit.appends[0].events[0].type, 'inventory.reservation_failed');
    const unknown = reserving({ stocks: [undefined, full[1]] });
    assert.deepEqual(unknown.data, { sku: 'SKU-1', available: 0 });
  });

  test('given lines that are too many only together, when reserved, then nothing is', () => {
    const split = [
      { sku: 'SKU-1', quantity: 3 },
      { sku: 'SKU-1', quantity: 3 },
    ];
    assert.equal(reserving({ stocks: [full[0]] }, split).refusal, 'OUT_OF_STOCK');
  });

  test('given reserved or sold, when reserved again, then answers alike and changes nothing', () => {
    for (const status of ['reserved', 'sold'] as const)
      assert.deepEqual(reserving({ reservation: claim(status), stocks: full }), { reply });
  });

  test('given reserved, when released, then every line is back and told', () => {
    const unit = releasing(claim('reserved'), aside);
    assert.deepEqual(
      stocksOf(unit),
      full.map(({ data }) => data),
    );
    assert.equal(unit.documents[0].data.status, 'released');
    assert.deepEqual(unit.appends[0].events, [
      inventory.events.released({ orderId: 'o-1', lines }),
    ]);
  });

  test('given nothing, when released, then a reserve that comes later finds the door closed', () => {
    const unit = releasing(undefined);
    const [{ data, expected }] = unit.documents;
    assert.deepEqual([data.status, data.lines, expected], ['released', [], 0]);
    const late = reserving({ reservation: stored('o-1', data), stocks: full });
    assert.equal(late.refusal, 'RESERVATION_CLOSED');
  });

  test('given released, when released again, then changes nothing', () => {
    assert.deepEqual(releasing(claim('released'), full), { reply });
  });

  test('given reserved, when its order is confirmed, then every line is sold', () => {
    const unit = selling(claim('reserved'), aside);
    assert.deepEqual(
      stocksOf(unit).map(({ reserved, sold }) => [reserved, sold]),
      [
        [0, 2],
        [0, 1],
      ],
    );
    assert.equal(unit.documents[0].data.status, 'sold');
  });

  test('given sold, when its order is confirmed again, then changes nothing', () => {
    assert.equal(selling(claim('sold'), aside), undefined);
  });

  test('refuses what is no legal end', () => {
    const refused = { refusal: 'ILLEGAL_TRANSITION', data: { status: 'sold' } };
    assert.deepEqual(releasing(claim('sold'), aside), refused);
    assert.throws(() => selling(claim('released'), full), { code: 'INTERNAL_ERROR' });
    assert.throws(() => selling(undefined), { code: 'INTERNAL_ERROR' });
  });

  const soldOut = lines.map(({ sku, quantity }) =>
    stored(sku, handOver(setAside(opened(sku, 5, 'hall'), quantity), quantity)),
  );

  test('given sold or reserved, when its order is cancelled, then every line is back and told', () => {
    for (const [status, stocks] of [
      ['sold', soldOut],
      ['reserved', aside],
    ] as const) {
      const unit = cancelling(claim(status), stocks);
      assert.deepEqual(
        stocksOf(unit),
        full.map(({ data }) => data),
      );
      assert.equal(unit.documents[0].data.status, 'released');
      const released = inventory.events.released({ orderId: 'o-1', lines });
      assert.deepEqual(unit.appends[0].events, [released]);
    }
    assert.equal(cancelling(claim('released'), full), undefined);
    assert.equal(cancelling(undefined), undefined);
  });

  test('given reserved, when it expires, then is put back only if its order is over', () => {
    const unit = expiring(true, claim('reserved'), aside);
    assert.deepEqual(
      stocksOf(unit),
      full.map(({ data }) => data),
    );
    const longer = expiring(false, claim('reserved'), aside);
    const due = 7 + 15 * 60_000;
    assert.deepEqual(longer.timers, [{ name: 'reservation-expiry', id: 'o-1', due }]);
    assert.equal(longer.documents[0].data.expires, due);
    for (const status of ['sold', 'released'] as const)
      assert.equal(expiring(true, claim(status), full), undefined);
  });

  test('asks what became of the order, and only while it matters', async () => {
    const asked = async (reservation: unknown, answer: object) => {
      const read = async () => ({ reservation, stocks: [] });
      const ask = async () => answer;
      return expireWhenDue.handling.prepare!({ id: 'o-1' }, { read, ask } as any);
    };
    const over = async (answer: object) =>
      ((await asked(claim('reserved'), answer)) as { isOver: boolean }).isOver;
    assert.equal(await over({ orderId: 'o-1', status: 'cancelled' }), true);
    assert.equal(await over({ refusal: 'ORDER_NOT_FOUND', data: undefined }), true);
    for (const status of ['pending', 'confirmed', 'shipped'])
      assert.equal(await over({ orderId: 'o-1', status }), false);
    const boom = {
      get status(): string {
        throw new Error('nobody asks');
      },
    };
    assert.deepEqual(await asked(claim('sold'), boom), { isOver: false, wasCancelled: false });
  });

  test('listens to the events that orders publishes', () => {
    assert.equal(followedOrders.service, orders.name);
  });

  test('a confirmation that is heard after a cancelled order has expired is history', () => {
    const { documents } = expiring(true, claim('reserved'), aside, true);
    const data = documents.find((one: any) => one.collection.name === 'reservations').data;
    assert.equal(data.status, 'released');
    assert.equal(selling(stored('o-1', data)), undefined);
    assert.equal(cancelling(stored('o-1', data)), undefined);
    const forgotten = expiring(true, claim('reserved'), aside).documents[0].data;
    assert.throws(() => selling(stored('o-1', forgotten)), { code: 'INTERNAL_ERROR' });
  });
});
