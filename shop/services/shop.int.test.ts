// Do the six services together sell something, from sign-up to a confirmed order?
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { isRefused, type Operation } from 'offshoot/contract';
import { OffshootError } from 'offshoot/error';
import { embeddedBroker, storeFeed } from 'offshoot/messaging';
import { inProcess, invoke, outsideWorld } from 'offshoot/rpc';
import type { Outbound, OutboundReply, Runtime } from 'offshoot/runtime';
import { nodeRuntime } from 'offshoot/runtime/node';
import {
  ANONYMOUS,
  embeddedKeyring,
  Principal,
  sealer,
  servicePrincipal,
  verifyToken,
} from 'offshoot/security';
import { OWN_COLLECTIONS, type RunningService, runningService } from 'offshoot/service';
import type { Store } from 'offshoot/store';
import { sqliteStore } from 'offshoot/store/sqlite';
import { newTraceparent, SILENT, UNMEASURED } from 'offshoot/telemetry';
import { CATALOGUE, LIMITED_EDITIONS } from '../catalogue/index.ts';
import { ACCESS_TOKEN_TYPE, AUDIENCE, ISSUER } from '../contracts/identity-token.ts';
import * as contracts from '../contracts/index.ts';
import { memoryLedger, provider } from '../stand-ins/provider/provider.ts';
import { seed } from '../topologies/seed.ts';
import { catalog } from './catalog/service.ts';
import { identity } from './identity/service.ts';
import { inventory } from './inventory/service.ts';
import { orders } from './orders/service.ts';
import { providerAdapter } from './payments/provider-http.ts';
import { payments } from './payments/service.ts';
import { shipping } from './shipping/service.ts';
import { users } from './users/service.ts';

const WAIT_MS = 20_000;
const SERVICES = [identity, users, catalog, orders, inventory, payments, shipping];
/** Where an order stands that was confirmed; what is shipped was. */
const STANDS: ReadonlySet<string> = new Set(['confirmed', 'shipped']);
const ADDRESS = {
  name: 'Ada Byron',
  street: '12 Larkspur Lane',
  city: 'Marlow Quay',
  postalCode: 'MQ1 2AB',
  country: 'GB',
};

/** The provider's own code, reached by the shop's HTTP adapter without a socket. */
function standIn(real: Runtime) {
  const ledger = memoryLedger();
  const { handle } = provider(ledger, { delayFactor: 0 });
  const request = async (outbound: Outbound): Promise<OutboundReply> => {
    const { pathname, search } = new URL(outbound.url);
    const reply = handle({
      method: outbound.method,
      path: pathname + search,
      key: outbound.headers?.['idempotency-key'],
      body: outbound.body ?? '',
      at: real.now(),
    });
    if (reply.drop) throw new OffshootError('UNAVAILABLE', 'the connection was lost');
    return { status: reply.status, headers: {}, body: reply.body };
  };
  return { ledger, runtime: { ...real, request } satisfies Runtime };
}

function startShop(folder: string) {
  const { ledger, runtime } = standIn(nodeRuntime());
  const keyring = embeddedKeyring(
    runtime,
    runtime.openDatabase(join(folder, 'keys.db')),
    randomBytes(32),
  );
  const seals = sealer(keyring, runtime.cryptography);
  const near = inProcess(runtime);
  const broker = embeddedBroker();
  const stores = new Map<string, Store>();
  for (const { name, collections } of SERVICES) {
    const database = runtime.openDatabase(join(folder, `${name}.db`));
    const all = [...OWN_COLLECTIONS, ...collections];
    stores.set(
      name,
      sqliteStore({ runtime, database, service: name, sealer: seals, collections: all }),
    );
  }
  const storeOf = (name: string) => stores.get(name)!;
  const outside = outsideWorld(runtime, { provider: providerAdapter(runtime, 'http://provider') });
  const running: RunningService[] = SERVICES.map((definition) =>
    runningService(definition, {
      store: storeOf(definition.name),
      keyring,
      runtime,
      metrics: UNMEASURED,
      logger: SILENT,
      sealer: seals,
      transport: near.transport,
      broker,
      outside,
      feed: (name) => storeFeed(name, storeOf(name)),
    }),
  );
  return {
    runtime,
    ledger,
    transport: near.transport,
    async start() {
      for (const one of running) near.register(one.name, one.callee);
      for (const one of running) await one.start();
    },
    async stop() {
      for (const one of running) one.stop();
      for (const store of stores.values()) await store.close();
      keyring.close();
    },
  };
}

describe('the shop’s core', () => {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-shop-'));
  const shop = startShop(folder);
  const { runtime, ledger } = shop;
  const cheap = CATALOGUE[0]!;
  const limited = CATALOGUE.find(({ category }) => category === LIMITED_EDITIONS)!;

  const call = <Op extends Operation<any, any, any, any>>(
    principal: Principal,
    operation: Op,
    input: unknown,
    idempotencyKey?: string,
  ) =>
    invoke({ transport: shop.transport, principal }, operation, input as never, {
      deadlineMs: 5_000,
      correlationId: 'test',
      causationId: 'test',
      traceparent: newTraceparent(runtime),
      ...(idempotencyKey ? { idempotencyKey } : {}),
    });

  const newUser = async (email: string) => {
    const input = { email, password: 'correct horse', name: 'Ada Byron' };
    const made = await call(ANONYMOUS, contracts.identity.signup, input);
    assert.ok(!isRefused(made));
    return new Principal({ kind: 'user', id: made.userId, roles: ['customer'] });
  };

  const place = async (who: Principal, productId: string, quantity: number, method: string) => {
    const input = {
      items: [{ productId, quantity }],
      shippingAddress: ADDRESS,
      payment: { method },
    };
    const placed = await call(who, contracts.orders.place, input, runtime.id());
    assert.ok(!isRefused(placed));
    assert.equal(placed.status, 'pending');
    return placed.orderId;
  };

  const read = async (who: Principal, orderId: string) => {
    const order = await call(who, contracts.orders.get, { orderId });
    assert.ok(!isRefused(order));
    return order;
  };

  const until = async <T>(look: () => Promise<T>, isDone: (value: T) => boolean): Promise<T> => {
    for (const end = runtime.monotonic() + WAIT_MS; ; ) {
      const value = await look();
      if (isDone(value)) return value;
      assert.ok(runtime.monotonic() < end, `still ${JSON.stringify(value)}`);
      await runtime.sleep(10);
    }
  };

  const ended = (who: Principal, orderId: string) =>
    until(
      () => read(who, orderId),
      ({ status }) => status !== 'pending',
    );

  const stockOf = async (sku: string) => {
    const found = await call(ANONYMOUS, contracts.inventory.stock, { sku });
    assert.ok(!isRefused(found));
    return found;
  };

  const moneyOf = (orderId: string) =>
    ledger
      .entries(0, 1_000)
      .flatMap(({ kind, reference }) => (reference === orderId ? [kind] : []));

  before(async () => {
    await shop.start();
    assert.equal((await seed(shop.transport, runtime)).created, 2 * CATALOGUE.length);
  });
  after(async () => {
    await shop.stop();
    rmSync(folder, { recursive: true });
  });

  test('seeds the catalogue once, and pages through it', async () => {
    assert.equal((await seed(shop.transport, runtime)).created, 0);
    const seen: string[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await call(ANONYMOUS, contracts.catalog.list, {
        limit: '100',
        ...(cursor ? { cursor } : {}),
      });
      assert.ok(!isRefused(page));
      seen.push(...page.items.map(({ id }) => id));
      if (page.next === null) break;
      cursor = page.next;
    }
    assert.deepEqual(
      seen,
      CATALOGUE.map(({ id }) => id),
    );
  });

  test('signs up, logs in with a token that the key set verifies, and shows the profile', async () => {
    const email = 'Login@Example.COM';
    const who = await newUser(email);
    const again = { email: 'login@example.com', password: 'another one', name: 'Eve' };
    const taken = await call(ANONYMOUS, contracts.identity.signup, again);
    assert.ok(isRefused(taken) && taken.refusal === 'EMAIL_TAKEN');
    const attempts = [
      { email, password: 'wrong horse' },
      { email: 'nobody@example.com', password: 'correct horse' },
    ];
    for (const attempt of attempts) {
      const refused = await call(ANONYMOUS, contracts.identity.login, attempt);
      assert.ok(isRefused(refused) && refused.refusal === 'UNAUTHENTICATED');
    }
    const input = { email: 'login@example.com', password: 'correct horse' };
    const logins = await Promise.all(
      Array.from({ length: 3 }, () => call(ANONYMOUS, contracts.identity.login, input)),
    );
    const set = await call(ANONYMOUS, contracts.identity.jwks, {});
    assert.ok(!isRefused(set));
    assert.equal(set.keys.length, 1);
    const verifier = (kid: string) => {
      const jwk = set.keys.find((one) => one.kid === kid);
      return jwk && runtime.cryptography.verifyingKey(jwk.x);
    };
    for (const login of logins) {
      assert.ok(!isRefused(login));
      const claims = verifyToken(login.accessToken, verifier, {
        issuer: ISSUER,
        audience: AUDIENCE,
        type: ACCESS_TOKEN_TYPE,
        now: runtime.now(),
      });
      assert.equal(claims.sub, who.id);
      assert.deepEqual(claims.roles, ['customer']);
    }
    const profile = await until(
      () => call(who, contracts.users.me, {}),
      (value) => !isRefused(value),
    );
    assert.ok(!isRefused(profile));
    assert.deepEqual([profile.name, profile.email], ['Ada Byron', 'login@example.com']);
    const stranger = new Principal({ kind: 'user', id: 'stranger' });
    const hidden = await call(stranger, contracts.users.get, { userId: who.id });
    assert.ok(isRefused(hidden) && hidden.refusal === 'USER_NOT_FOUND');
  });

  test('confirms an order, with names, money and stock right', async () => {
    const who = await newUser('buyer@example.com');
    const before = await stockOf(cheap.sku);
    const orderId = await place(who, cheap.id, 2, 'pm_card_visa');
    assert.equal((await read(who, orderId)).orderId, orderId);
    assert.ok(STANDS.has((await ended(who, orderId)).status));
    const order = await until(
      () => read(who, orderId),
      ({ customerName, items }) => customerName !== null && items[0]?.productName !== null,
    );
    assert.equal(order.customerName, 'Ada Byron');
    assert.deepEqual(order.items, [
      { productId: cheap.id, productName: cheap.name, quantity: 2, price: cheap.price },
    ]);
    assert.equal(order.totalAmount.amount, 2 * cheap.price.amount);
    const stock = await until(
      () => stockOf(cheap.sku),
      ({ sold }) => sold === before.sold + 2,
    );
    assert.deepEqual([stock.available, stock.reserved], [before.available - 2, before.reserved]);
    assert.deepEqual(moneyOf(orderId), ['authorised', 'captured']);
    const stranger = new Principal({ kind: 'user', id: 'stranger' });
    const hidden = await call(stranger, contracts.orders.get, { orderId });
    assert.ok(isRefused(hidden) && hidden.refusal === 'ORDER_NOT_FOUND');
  });

  test('cancels an order whose payment is declined, and puts the stock back', async () => {
    const who = await newUser('declined@example.com');
    const before = await stockOf(cheap.sku);
    const orderId = await place(who, cheap.id, 3, 'pm_card_declined');
    const order = await ended(who, orderId);
    assert.deepEqual([order.status, order.reason], ['cancelled', 'PAYMENT_DECLINED']);
    assert.deepEqual(await stockOf(cheap.sku), before);
    assert.deepEqual(moneyOf(orderId), ['declined']);
  });

  test('cancels an order that finds too little stock, and touches no money', async () => {
    const who = await newUser('late@example.com');
    const before = await stockOf(limited.sku);
    const orderId = await place(who, limited.id, before.available + 1, 'pm_card_visa');
    const order = await ended(who, orderId);
    assert.deepEqual([order.status, order.reason], ['cancelled', 'OUT_OF_STOCK']);
    assert.deepEqual(await stockOf(limited.sku), before);
    assert.deepEqual(moneyOf(orderId), []);
  });

  test('charges once when answers are lost or the provider fails', async () => {
    const who = await newUser('patient@example.com');
    for (const method of ['pm_card_drop_after_charge', 'pm_card_error', 'pm_card_twice']) {
      const orderId = await place(who, cheap.id, 1, method);
      assert.ok(STANDS.has((await ended(who, orderId)).status));
      assert.deepEqual(moneyOf(orderId), ['authorised', 'captured']);
    }
  });

  test('sells the last pieces of a thing exactly once to a crowd', async () => {
    const who = await newUser('crowd@example.com');
    const { available, sold } = await stockOf(limited.sku);
    const crowd = Array.from({ length: available + 5 }, () =>
      place(who, limited.id, 1, 'pm_card_visa').then((orderId) => ended(who, orderId)),
    );
    const statuses = (await Promise.all(crowd)).map(({ status }) => status);
    assert.equal(statuses.filter((status) => STANDS.has(status)).length, available);
    const stock = await until(
      () => stockOf(limited.sku),
      (now) => now.sold === sold + available,
    );
    assert.deepEqual([stock.available, stock.reserved], [0, 0]);
  });

  test('takes a cancelled order back, pending or confirmed: money, stock, parcel, numbers', async () => {
    const who = await newUser('fickle@example.com');
    const before = await stockOf(cheap.sku);
    const cancel = (orderId: string) => call(who, contracts.orders.cancel, { orderId });
    const early = await place(who, cheap.id, 1, 'pm_card_visa');
    const asked = await cancel(early);
    assert.ok(!isRefused(asked));
    const late = await place(who, cheap.id, 1, 'pm_card_visa');
    await ended(who, late);
    const taken = await cancel(late);
    assert.ok(!isRefused(taken) && taken.status === 'cancelled');
    for (const orderId of [early, late]) {
      const order = await until(
        () => read(who, orderId),
        ({ status }) => status === 'cancelled',
      );
      assert.equal(order.reason, 'CUSTOMER');
    }
    await until(
      () => stockOf(cheap.sku),
      ({ available }) => available === before.available,
    );
    await until(
      async () => moneyOf(late),
      (kinds) => kinds.at(-1) === 'refunded',
    );
    const again = await cancel(late);
    assert.ok(isRefused(again) && again.refusal === 'ILLEGAL_TRANSITION');
    const kept = await place(who, cheap.id, 2, 'pm_card_visa');
    await until(
      () => read(who, kept),
      ({ status }) => status === 'shipped',
    );
    const parcel = await call(who, contracts.shipping.get, { orderId: kept });
    assert.ok(!isRefused(parcel) && parcel.status === 'dispatched');
    const gone = await cancel(kept);
    assert.ok(isRefused(gone) && gone.refusal === 'ILLEGAL_TRANSITION');
    const page = await call(who, contracts.orders.list, { limit: '2' });
    assert.ok(!isRefused(page));
    const idsOf = ({ items }: typeof page) => items.map(({ orderId }) => orderId);
    assert.deepEqual([idsOf(page), page.next], [[kept, late], late]);
    const rest = await call(who, contracts.orders.list, { status: 'cancelled', cursor: late });
    assert.ok(!isRefused(rest));
    assert.deepEqual([idsOf(rest), rest.next], [[early], null]);
    const numbers = await call(who, contracts.orders.statistics, {});
    assert.ok(!isRefused(numbers));
    const { totalOrders, byStatus, totalAmount } = numbers;
    assert.deepEqual([totalOrders, byStatus.shipped, byStatus.cancelled], [3, 1, 2]);
    assert.deepEqual(totalAmount, [{ ...cheap.price, amount: 2 * cheap.price.amount }]);
  });

  test('answers a repeated order with the first answer, and refuses what is wrong', async () => {
    const who = await newUser('careful@example.com');
    const input = {
      items: [{ productId: cheap.id, quantity: 1 }],
      shippingAddress: ADDRESS,
      payment: { method: 'pm_card_visa' },
    };
    const { place: operation } = contracts.orders;
    const [first, repeat] = await Promise.all([
      call(who, operation, input, 'key-1'),
      call(who, operation, input, 'key-1'),
    ]);
    assert.deepEqual(repeat, first);
    const other = { ...input, items: [{ productId: cheap.id, quantity: 2 }] };
    await assert.rejects(call(who, operation, other, 'key-1'), { code: 'IDEMPOTENCY_KEY_REUSED' });
    await assert.rejects(call(who, operation, input), { code: 'IDEMPOTENCY_KEY_REQUIRED' });
    const service = servicePrincipal('inventory');
    await assert.rejects(call(service, operation, input, 'key-2'), { code: 'FORBIDDEN' });
    const unknown = { ...input, items: [{ productId: 'nothing', quantity: 1 }] };
    const missing = await call(who, operation, unknown, 'key-3');
    assert.ok(isRefused(missing) && missing.refusal === 'PRODUCT_NOT_FOUND');
    const card = { ...input, payment: { method: '4242424242424242' } };
    await assert.rejects(call(who, operation, card, 'key-4'), { code: 'VALIDATION_FAILED' });
    const { authorise } = contracts.payments;
    await assert.rejects(call(who, authorise, {}), { code: 'FORBIDDEN' });
  });

  test('writes no name, address or e-mail in plain into any file', () => {
    const bytes = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'latin1'));
    assert.ok(bytes.length >= SERVICES.length);
    for (const plain of ['Ada Byron', 'Larkspur', 'example.com', 'Marlow', 'correct horse'])
      assert.ok(!bytes.some((text) => text.includes(plain)), plain);
  });
});
