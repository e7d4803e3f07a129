// Is the catalogue fit to be sold: complete, unique, priced and nobody else's?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE, LIMITED_EDITIONS } from './index.ts';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

// Marks that a shop such as this one would be most likely to name by accident.
const MARKS =
  /\b(adidas|airpods|allen key|amazon|apple (watch|pencil)|barbie|bic|bialetti|bluetooth|bose|bosch|brompton|coleman|dremel|duplo|dyson|faber|fiskars|formica|frisbee|gardena|gore-?tex|hoover|hula hoop|ikea|jacuzzi|jenga|karcher|kindle|kleenex|lamy|leatherman|le creuset|lego|lycra|makita|meccano|moleskine|monopoly|montblanc|nespresso|opinel|pelikan|philips|playmobil|plexiglas|post-?it|primus|pyrex|rotring|rubik|scotch|scrabble|sellotape|sharpie|shimano|smeg|sonos|sony|stanley|staedtler|steiff|stihl|swiss army|teflon|tetra|thermos|trangia|tupperware|uno|velcro|victorinox|walkman|wd-?40|weber|wedgwood|yamaha)\b/i;

const isUnique = (values: readonly string[]) => new Set(values).size === values.length;

test('holds at least 220 products in more than ten categories', () => {
  assert.ok(CATALOGUE.length >= 220);
  assert.ok(new Set(CATALOGUE.map(({ category }) => category)).size > 10);
});

test('no id, sku, name or description stands twice', () => {
  for (const field of ['id', 'sku', 'name', 'description'] as const) {
    const values = CATALOGUE.map((product) => product[field].toLowerCase());
    assert.ok(isUnique(values), `a ${field} stands twice`);
  }
});

test('ids are UUIDs of version 7 in ascending order', () => {
  const ids = CATALOGUE.map(({ id }) => id);
  for (const id of ids) assert.match(id, UUID_V7);
  assert.deepEqual(ids.toSorted(), ids);
});

test('every product has a sku, a description and a whole positive price in euros', () => {
  for (const { sku, description, price, stock } of CATALOGUE) {
    assert.match(sku, /^[A-Z]{3}-[A-Z]{3}-\d{4}$/);
    assert.match(description, /^[A-Z].{40,240}\.$/);
    assert.ok(Number.isSafeInteger(price.amount) && price.amount > 0, sku);
    assert.equal(price.currency, 'EUR');
    assert.match(stock.location, /^[a-z0-9-]+(\/\d{2})?$/);
  }
});

test('stocks are deep, but for five limited editions and two that are sold out', () => {
  const few = CATALOGUE.filter(({ stock }) => stock.quantity < 100_000);
  const limited = few.filter(({ stock }) => stock.quantity === 3);
  assert.equal(limited.length, 5);
  assert.deepEqual(
    limited,
    CATALOGUE.filter(({ category }) => category === LIMITED_EDITIONS),
  );
  assert.equal(few.filter(({ stock }) => stock.quantity === 0).length, 2);
  assert.equal(few.length, 7);
  for (const { stock } of CATALOGUE) assert.ok(stock.quantity <= 1_000_000);
});

test('names nobody else’s mark', () => {
  for (const { name, description } of CATALOGUE)
    assert.doesNotMatch(`${name} ${description}`, MARKS);
});
