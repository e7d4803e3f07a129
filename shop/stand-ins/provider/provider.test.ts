// Does the provider answer as promised? Its logic alone, with a clock of the test's own.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LedgerEntry, memoryLedger, provider } from './provider.ts';

const VISA = { amount: 4200, currency: 'EUR', method: 'pm_card_visa' };

function bench() {
  const { handle } = provider(memoryLedger());
  const clock = { at: 1_000_000 };
  const raw = (method: string, path: string, key?: string, body = '') => {
    const reply = handle({ method, path, key, body, at: clock.at });
    return { ...reply, body: JSON.parse(reply.body) };
  };
  const post = (path: string, key: string, body: object = {}) =>
    raw('POST', path, key, JSON.stringify(body));
  const charge = (key: string, body: object = VISA) => post('/authorisations', key, body);
  const get = (path: string) => raw('GET', path);
  const ledger = (): LedgerEntry[] => get('/ledger').body.entries;
  const kinds = () => ledger().map((entry) => entry.kind);
  return { clock, raw, post, charge, get, ledger, kinds };
}

describe('authorise', () => {
  test('approves a good card and keeps the reference', () => {
    const { charge, ledger } = bench();
    const reply = charge('k1', { ...VISA, reference: 'order-7' });
    assert.equal(reply.status, 201);
    const { id } = reply.body;
    assert.deepEqual(reply.body, { id, status: 'authorised', amount: 4200, currency: 'EUR' });
    assert.deepEqual(ledger(), [
      {
        ...{ seq: 1, at: '1970-01-01T00:16:40.000Z', kind: 'authorised', authorisation: id },
        ...{ key: 'k1', amount: 4200, currency: 'EUR', reference: 'order-7' },
      },
    ]);
  });

  for (const [method, reason] of [
    ['pm_card_declined', 'card_declined'],
    ['pm_card_insufficient_funds', 'insufficient_funds'],
    ['pm_card_of_the_moon', 'unknown_method'],
    ['constructor', 'unknown_method'],
  ]) {
    test(`declines ${method} with ${reason}, once`, () => {
      const { charge, ledger } = bench();
      for (let time = 0; time < 2; time += 1) {
        const { status, body } = charge('k1', { ...VISA, method });
        assert.deepEqual([status, body], [402, { code: 'PAYMENT_DECLINED', reason }]);
      }
      assert.deepEqual(
        ledger().map(({ kind, authorisation }) => [kind, authorisation]),
        [['declined', null]],
      );
    });
  }

  test('refuses bad input with a code of its own and keeps nothing', () => {
    const { charge, raw, kinds, get } = bench();
    const bad: Array<[object, string]> = [
      [{ ...VISA, amount: 0 }, 'INVALID_AMOUNT'],
      [{ ...VISA, amount: -5 }, 'INVALID_AMOUNT'],
      [{ ...VISA, amount: 1.5 }, 'INVALID_AMOUNT'],
      [{ ...VISA, amount: '42' }, 'INVALID_AMOUNT'],
      [{ ...VISA, amount: 1e12 }, 'INVALID_AMOUNT'],
      [{ ...VISA, currency: 'eur' }, 'INVALID_CURRENCY'],
      [{ ...VISA, currency: 'EURO' }, 'INVALID_CURRENCY'],
      [{ amount: 1, currency: 'EUR' }, 'INVALID_METHOD'],
      [{ ...VISA, reference: 5 }, 'INVALID_REFERENCE'],
      [[VISA], 'MALFORMED_BODY'],
    ];
    for (const [body, code] of bad) {
      const reply = charge('k1', body);
      assert.deepEqual([reply.status, reply.body], [400, { code }]);
    }
    const broken = raw('POST', '/authorisations', 'k1', '{"amount":');
    assert.deepEqual([broken.status, broken.body], [400, { code: 'MALFORMED_BODY' }]);
    assert.deepEqual(kinds(), []);
    assert.equal(get('/operations/k1').status, 404);
    assert.equal(charge('k1').status, 201);
  });

  test('refuses card numbers wherever they stand and never echoes them', () => {
    const { raw, post, charge, kinds } = bench();
    const number = '4242424242424242';
    const replies = [
      charge('k1', { ...VISA, method: number }),
      charge('k2', { ...VISA, method: '4242 4242 4242 4242' }),
      charge('k3', { ...VISA, method: 'pm_4242.4242.4242.4242' }),
      charge('k4', { ...VISA, note: '4242-4242-4242-4242' }),
      charge('k5', { ...VISA, reference: `order ${number}` }),
      charge(number, VISA),
      post('/voids', 'k6', { key: number }),
      raw('POST', '/authorisations', 'k7', `{"method":"${number.replace('4', '\\u0034')}"`),
      raw(
        'POST',
        '/authorisations',
        'k8',
        JSON.stringify({ ...VISA, reference: number }).replace('4242424242', '\\u0034242424242'),
      ),
    ];
    const codes = replies.map((reply) => `${reply.status} ${reply.body.code}`);
    assert.equal(codes[7], '400 MALFORMED_BODY');
    assert.deepEqual(codes.toSpliced(7, 1), Array(8).fill('400 CARD_NUMBER_REFUSED'));
    assert.ok(!JSON.stringify(replies).includes('4242'));
    assert.deepEqual(kinds(), []);
  });

  test('takes ids full of digits for what they are', () => {
    const { charge } = bench();
    const uuid = '01963423-4242-7242-8242-424242424242';
    assert.equal(charge(uuid, { ...VISA, reference: uuid }).status, 201);
    assert.equal(charge(`${uuid}/authorise`, { ...VISA, reference: '1700000000000' }).status, 201);
    assert.equal(charge('4242424242424242abcdef0123456789', VISA).status, 201);
  });
});

describe('capture and void', () => {
  test('captures once; another key is told the state', () => {
    const { charge, post, kinds } = bench();
    const { id } = charge('k1').body;
    const { status, body } = post(`/authorisations/${id}/capture`, 'k2');
    assert.equal(status, 200);
    const { captureId } = body;
    assert.deepEqual(body, { id, status: 'captured', captureId, amount: 4200, currency: 'EUR' });
    for (const verb of ['capture', 'void']) {
      const reply = post(`/authorisations/${id}/${verb}`, `other-${verb}`);
      assert.deepEqual([reply.status, reply.body.code], [409, 'ILLEGAL_STATE']);
    }
    assert.deepEqual(post(`/authorisations/${id}/capture`, 'k2').body, body);
    assert.deepEqual(kinds(), ['authorised', 'captured']);
  });

  test('voids once, whatever the key, and never captures afterwards', () => {
    const { charge, post, kinds } = bench();
    const { id } = charge('k1').body;
    for (const key of ['k2', 'k2', 'k3']) {
      const { status, body } = post(`/authorisations/${id}/void`, key);
      assert.deepEqual([status, body], [200, { id, status: 'voided' }]);
    }
    assert.equal(post(`/authorisations/${id}/capture`, 'k4').status, 409);
    assert.deepEqual(kinds(), ['authorised', 'voided']);
  });

  test('does not know other authorisations, and keeps no such answer', () => {
    const { charge, post } = bench();
    const path = '/authorisations/auth_00000001/capture';
    assert.equal(post(path, 'k1').status, 404);
    charge('k0');
    assert.equal(post(path, 'k1').status, 200);
  });
});

describe('void by key', () => {
  test('voids what was authorised with the key', () => {
    const { charge, post, ledger } = bench();
    const { id } = charge('k1', { ...VISA, reference: 'order-1' }).body;
    for (const key of ['v1', 'v1', 'v2']) {
      const { status, body } = post('/voids', key, { key: 'k1' });
      assert.deepEqual([status, body], [200, { status: 'voided' }]);
    }
    const [, voided, ...rest] = ledger();
    assert.deepEqual(rest, []);
    assert.equal(voided?.kind, 'voided');
    assert.equal(voided?.authorisation, id);
    assert.equal(voided?.reference, 'order-1');
  });

  test('leaves a tombstone that refuses the authorisation that comes too late', () => {
    const { charge, post, get, kinds } = bench();
    assert.deepEqual(post('/voids', 'v1', { key: 'k1' }).body, { status: 'absent' });
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = charge('k1');
      assert.deepEqual([status, body], [409, { code: 'VOIDED' }]);
    }
    const asked = { key: 'k1', operation: 'authorise', status: 409, body: { code: 'VOIDED' } };
    assert.deepEqual(get('/operations/k1').body, asked);
    assert.equal(post('/refunds', 'k1', { captureId: 'cap_1', amount: 1 }).status, 422);
    assert.deepEqual(kinds(), []);
  });

  test('finds nothing to void where the card was declined', () => {
    const { charge, post, kinds } = bench();
    charge('k1', { ...VISA, method: 'pm_card_declined' });
    assert.deepEqual(post('/voids', 'v1', { key: 'k1' }).body, { status: 'absent' });
    assert.equal(charge('k1', { ...VISA, method: 'pm_card_declined' }).status, 402);
    assert.deepEqual(kinds(), ['declined']);
  });

  test('refuses what is captured, a missing key, and its own key', () => {
    const { charge, post } = bench();
    post(`/authorisations/${charge('k1').body.id}/capture`, 'k2');
    assert.equal(post('/voids', 'v1', { key: 'k1' }).body.code, 'ILLEGAL_STATE');
    assert.equal(post('/voids', 'v2').body.code, 'INVALID_KEY');
    assert.equal(post('/voids', 'v3', { key: 'v3' }).body.code, 'INVALID_KEY');
  });
});

describe('refund', () => {
  test('gives back in parts and never more than was captured', () => {
    const { charge, post, ledger } = bench();
    const { id } = charge('k1').body;
    const { captureId } = post(`/authorisations/${id}/capture`, 'k2').body;
    const refund = (key: string, amount: number) => post('/refunds', key, { captureId, amount });
    assert.equal(refund('r1', 4000).status, 201);
    assert.equal(refund('r1', 4000).status, 201);
    assert.deepEqual(refund('r2', 201).body, { code: 'REFUND_EXCEEDS_CAPTURE' });
    const { status, body } = refund('r3', 200);
    assert.equal(status, 201);
    const money = { amount: 200, currency: 'EUR' };
    assert.deepEqual(body, { id: body.id, status: 'refunded', captureId, ...money });
    assert.equal(refund('r4', 1).status, 409);
    assert.deepEqual(
      ledger().map(({ kind, amount, authorisation }) => [kind, amount, authorisation]),
      [
        ['authorised', 4200, id],
        ['captured', 4200, id],
        ['refunded', 4000, id],
        ['refunded', 200, id],
      ],
    );
  });

  test('knows no capture of an authorisation that was not captured', () => {
    const { charge, post } = bench();
    const { id } = charge('k1').body;
    for (const captureId of ['cap_99', id, id.replace('auth', 'cap')]) {
      assert.equal(post('/refunds', `r-${captureId}`, { captureId, amount: 1 }).status, 404);
    }
  });
});

describe('the idempotency key', () => {
  test('is required, and must be visible ASCII', () => {
    const { raw } = bench();
    const codes = [undefined, '', 'a b', 'ü', 'x'.repeat(256)].map(
      (key) => raw('POST', '/authorisations', key, JSON.stringify(VISA)).body.code,
    );
    const [required, invalid] = ['IDEMPOTENCY_KEY_REQUIRED', 'INVALID_IDEMPOTENCY_KEY'];
    assert.deepEqual(codes, [required, required, invalid, invalid, invalid]);
  });

  test('answers the same again, whatever the order of the fields', () => {
    const { charge, kinds } = bench();
    const { method, currency, amount } = VISA;
    assert.deepEqual(charge('k1'), charge('k1', { method, currency, amount }));
    assert.deepEqual(kinds(), ['authorised']);
  });

  test('is refused for another body or another operation', () => {
    const { charge, post } = bench();
    const { id } = charge('k1').body;
    const reused = [
      charge('k1', { ...VISA, amount: 1 }),
      charge('k1', { ...VISA, reference: 'order-1' }),
      post(`/authorisations/${id}/capture`, 'k1'),
      post('/voids', 'k1', { key: 'k2' }),
    ];
    for (const { status, body } of reused) {
      assert.deepEqual([status, body], [422, { code: 'IDEMPOTENCY_KEY_REUSED' }]);
    }
  });

  test('tells who asks what became of it', () => {
    const { charge, get } = bench();
    const key = 'saga 1/authorise'.replace(' ', '-');
    const { body } = charge(key);
    const known = { key, operation: 'authorise', status: 201, body };
    assert.deepEqual(get(`/operations/${encodeURIComponent(key)}`).body, known);
    assert.deepEqual(get(`/operations/${key}`).body, known);
    assert.equal(get('/operations/other').status, 404);
    assert.equal(get('/operations/%').status, 404);
  });
});

describe('the test methods', () => {
  const [slow, drop, error, twice] = ['slow', 'drop_after_charge', 'error', 'twice'].map(
    (name) => ({ ...VISA, method: `pm_card_${name}` }),
  ) as [object, object, object, object];

  test('slow: acts at once, answers after 3 s, and holds repeats off meanwhile', () => {
    const { charge, post, get, clock, kinds } = bench();
    const { delayMs, status, body } = charge('k1', slow);
    assert.deepEqual([status, delayMs], [201, 3_000]);
    assert.equal(get('/operations/k1').body.status, 201);
    clock.at += 2_999;
    const pending = charge('k1', slow);
    assert.deepEqual([pending.status, pending.body], [409, { code: 'OUTCOME_PENDING' }]);
    assert.equal(charge('k1').body.code, 'IDEMPOTENCY_KEY_REUSED');
    clock.at += 1;
    const repeated = charge('k1', slow);
    assert.deepEqual([repeated.delayMs, repeated.body], [0, body]);
    const { captureId } = post(`/authorisations/${body.id}/capture`, 'k2').body;
    assert.equal(post('/refunds', 'k3', { captureId, amount: 1 }).delayMs, 3_000);
    assert.deepEqual(kinds(), ['authorised', 'captured', 'refunded']);
  });

  test('drop after charge: the first answer of an authorise and of a capture is lost', () => {
    const { charge, post, kinds } = bench();
    const lost = charge('k1', drop);
    const found = charge('k1', drop);
    assert.deepEqual([lost.drop, found.drop, found.status], [true, false, 201]);
    const path = `/authorisations/${found.body.id}/capture`;
    assert.deepEqual([post(path, 'k2').drop, post(path, 'k2').drop], [true, false]);
    const { captureId } = post(path, 'k2').body;
    assert.equal(post('/refunds', 'k3', { captureId, amount: 1 }).drop, false);
    assert.deepEqual(kinds(), ['authorised', 'captured', 'refunded']);
  });

  test('error: two refusals per key that do nothing, then it works', () => {
    const { charge, post, kinds, get } = bench();
    assert.deepEqual([charge('k1', error).status, charge('k1', error).status], [503, 503]);
    assert.deepEqual([kinds(), get('/operations/k1').status], [[], 404]);
    const { status, body } = charge('k1', error);
    assert.equal(status, 201);
    const path = `/authorisations/${body.id}/capture`;
    const statuses = [1, 2, 3, 4].map(() => post(path, 'k2').status);
    assert.deepEqual(statuses, [503, 503, 200, 200]);
    assert.deepEqual(kinds(), ['authorised', 'captured']);
  });

  test('twice: the answer comes after 6 s, the repeat is answered at once', () => {
    const { charge, kinds } = bench();
    const late = charge('k1', twice);
    const repeat = charge('k1', twice);
    assert.deepEqual([late.status, late.delayMs], [201, 6_000]);
    assert.deepEqual(repeat, { ...late, delayMs: 0 });
    assert.deepEqual(kinds(), ['authorised']);
  });
});

describe('reading', () => {
  test('pages of the ledger are complete, in order and without holes', () => {
    const { charge, get, ledger } = bench();
    for (let index = 0; index < 25; index += 1) charge(`k${index}`);
    const seen: LedgerEntry[] = [];
    let after: number | null = 0;
    let pages = 0;
    while (after !== null) {
      const { entries, next }: any = get(`/ledger?after=${after}&limit=5`).body;
      seen.push(...entries);
      after = next;
      pages += 1;
    }
    assert.equal(pages, 5);
    assert.deepEqual(seen, ledger());
    assert.deepEqual(
      seen.map((entry) => entry.seq),
      Array.from({ length: 25 }, (_, index) => index + 1),
    );
    assert.deepEqual(get('/ledger?after=25').body, { entries: [], next: null });
    for (const query of ['after=-1', 'after=x', 'limit=0', 'limit=1.5']) {
      assert.equal(get(`/ledger?${query}`).body.code, 'INVALID_PAGE');
    }
  });

  test('knows its routes and methods', () => {
    const { raw, get, post } = bench();
    assert.equal(get('/health').body.status, 'pass');
    assert.equal(get('/cards').body.code, 'ROUTE_NOT_FOUND');
    assert.equal(post('/cards', 'k1').body.code, 'ROUTE_NOT_FOUND');
    assert.equal(raw('DELETE', '/ledger').body.code, 'METHOD_NOT_ALLOWED');
  });
});
