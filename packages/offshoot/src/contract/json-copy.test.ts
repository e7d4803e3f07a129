import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { jsonCopy } from './index.ts';

const throughText = (value: unknown) =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

function attempt(copy: (value: unknown) => unknown, value: unknown): unknown {
  try {
    return { copy: copy(value) };
  } catch (error) {
    return { thrown: (error as Error).name };
  }
}

const isSame = (value: unknown) =>
  assert.deepStrictEqual(attempt(jsonCopy, value), attempt(throughText, value));

test('a copy is what JSON makes of anything', () => {
  const anything = fc.anything({
    ...{ withBigInt: true, withBoxedValues: true, withDate: true, withMap: true, withSet: true },
    ...{ withNullPrototype: true, withSparseArray: true, withTypedArray: true, maxDepth: 4 },
  });
  fc.assert(fc.property(anything, isSame), { numRuns: 2_000 });
});

test('a copy is what JSON makes of what has a will of its own', () => {
  class Money {
    readonly amount = 1;
    get euro() {
      return 2;
    }
  }
  const circle: unknown[] = [];
  circle.push({ circle });
  let deep: unknown = 'ground';
  for (let level = 0; level < 200; level += 1) deep = { deep };
  const strange = [
    ...[{ toJSON: () => undefined }, [{ toJSON: () => undefined }], { a: { toJSON: () => 1n } }],
    ...[
      { toJSON: () => ({ toJSON: () => 'not twice', a: new Date(1) }) },
      { a: { toJSON: () => -0 } },
    ],
    ...[{ toJSON: () => new Date(2) }, { a: { toJSON: () => () => 1 } }],
    ...[() => 1, Symbol('s'), [() => 1, Symbol('s'), undefined], { run() {}, [Symbol('s')]: 1 }],
    ...[new Date(0), { at: new Date(Number.NaN) }, new Money(), { toJSON: (key: string) => key }],
    ...[
      { inside: { toJSON: (key: string) => key } },
      { toJSON: 1 },
      [{ toJSON: (key: string) => [key] }],
      Object.create({ above: 1 }),
    ],
    ...[JSON.parse('{"__proto__":{"admin":true}}'), { ['__proto__']: 1, x: 1 }, Object(1n)],
    ...[
      -0,
      [Number.NaN, Number.POSITIVE_INFINITY],
      {
        get now() {
          return 1;
        },
      },
      /x/,
      new Error('x'),
    ],
    ...['\ud800', { 10: 'b', 2: 'a', x: 'c' }, new Proxy({ a: 1 }, {}), circle, deep, 10n],
    ...[Object.assign([1], { extra: 2 }), Object.defineProperty({}, 'hidden', { value: 1 })],
  ];
  for (const value of strange) isSame(value);
});

test('a copy shares nothing with what was copied', () => {
  const value = { list: [{ a: 1 }], inside: { b: 2 } };
  const copy = jsonCopy(value) as typeof value;
  copy.list[0]!.a = 9;
  copy.list.push({ a: 3 });
  copy.inside.b = 9;
  assert.deepEqual(value, { list: [{ a: 1 }], inside: { b: 2 } });
});

test('a copy of an object has the order of its names, and none that was undefined', () => {
  const copy = jsonCopy({ z: 1, gone: undefined, a: 2 }) as object;
  assert.deepEqual(Object.entries(copy), [
    ['z', 1],
    ['a', 2],
  ]);
});
