// Does the command line of a journey lead where it says?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ENDINGS } from './ending.ts';
import { type RouteOptions, routeOf } from './route.ts';

describe('a journey', () => {
  test('ends shipped, unless something else is asked for', () => {
    const ending = (options: RouteOptions) => routeOf(options).ending;
    assert.equal(ending({}), ENDINGS.shipped);
    assert.equal(ending({ until: 'shipped' }), ENDINGS.shipped);
    assert.equal(ending({ until: 'confirmed' }), ENDINGS.confirmed);
    assert.equal(ending({ decline: true }), ENDINGS.declined);
    assert.equal(ending({ 'out-of-stock': true }), ENDINGS.outOfStock);
    assert.equal(ending({ cancel: 'before' }), ENDINGS.cancelledBefore);
    assert.equal(ending({ cancel: 'after' }), ENDINGS.cancelledAfter);
  });

  test('goes one way at a time, and only ways that there are', () => {
    for (const options of [
      { decline: true, 'out-of-stock': true },
      { decline: true, cancel: 'before' },
      { 'out-of-stock': true, cancel: 'after' },
      { cancel: 'never' },
      { until: 'delivered' },
    ])
      assert.throws(() => routeOf(options), { code: 'BAD_SETTING' });
  });
});
