// How does a fresh shop get its products and their stock?
import type { InputFor } from 'offshoot/contract';
import { invoke, type Transport } from 'offshoot/rpc';
import type { Runtime } from 'offshoot/runtime';
import { servicePrincipal } from 'offshoot/security';
import { newTraceparent } from 'offshoot/telemetry';
import { CATALOGUE } from '../catalogue/index.ts';
import { catalog } from '../contracts/catalog.ts';
import { identity } from '../contracts/identity.ts';
import { inventory } from '../contracts/inventory.ts';

const BATCH_MAX = 100;
const DEADLINE_MS = 5_000;

const items = CATALOGUE.map(({ sku, stock: { quantity, location } }) => ({
  sku,
  quantity,
  location,
}));
const products = CATALOGUE.map(({ stock, ...product }) => product);

/**
 * Adds what is missing of the catalogue and of its first stock, and names the address whose account
 * is the first administrator, if there is one. Call it at every start: what is there stays as it
 * is. Throws what the services throw, VALIDATION_FAILED for an address that is none; then call it
 * again.
 */
export async function seed(
  transport: Transport,
  runtime: Runtime,
  adminEmail?: string,
): Promise<{ created: number }> {
  const headers = {
    deadlineMs: DEADLINE_MS,
    correlationId: 'seed',
    causationId: 'seed',
    traceparent: newTraceparent(runtime),
  };
  const asCatalog = { transport, principal: servicePrincipal('catalog') };
  const asInventory = { transport, principal: servicePrincipal('inventory') };
  const addProducts = (input: InputFor<typeof catalog.seed>) =>
    invoke(asCatalog, catalog.seed, input, headers);
  const addStock = (input: InputFor<typeof inventory.seedStock>) =>
    invoke(asInventory, inventory.seedStock, input, headers);
  if (adminEmail !== undefined) {
    const asIdentity = { transport, principal: servicePrincipal('identity') };
    await invoke(asIdentity, identity.appoint, { email: adminEmail }, headers);
  }
  const added = await Promise.all([
    ...batches(products).map((batch) => addProducts({ products: batch })),
    ...batches(items).map((batch) => addStock({ items: batch })),
  ]);
  return { created: added.reduce((sum, { created }) => sum + created, 0) };
}

function batches<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / BATCH_MAX);
  return Array.from({ length: count }, (_, index) =>
    all.slice(index * BATCH_MAX, (index + 1) * BATCH_MAX),
  );
}
