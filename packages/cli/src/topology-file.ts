// Which module is the topology, and what does it export?
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OffshootError } from 'offshoot/error';
import type { Topology } from 'offshoot/host';

const USUAL = ['topology.ts', 'topologies/monolith.ts', 'shop/topologies/monolith.ts'];

const FOLDERS = ['topologies', 'shop/topologies'];

const bad = (message: string): never => {
  throw new OffshootError('BAD_DEFINITION', message);
};

/** `postgres` is the one of that name where topologies usually are. */
function pathOf(given: string | undefined): string {
  if (given === undefined) return USUAL.find((one) => existsSync(one)) ?? 'topology.ts';
  if (existsSync(given) || !/^[a-z][a-z0-9-]*$/.test(given)) return given;
  const named = FOLDERS.map((folder) => `${folder}/${given}.ts`);
  return named.find((one) => existsSync(one)) ?? given;
}

/** Imports a topology. Throws BAD_DEFINITION when there is none, or more than one. */
export async function topologyFile(given: string | undefined): Promise<Topology> {
  const path = resolve(pathOf(given));
  if (!existsSync(path)) return bad(`there is no ${path}: name a topology with --topology FILE`);
  const exported = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
  const found = [...new Set(Object.values(exported).filter(isTopology))];
  if (found.length === 1) return found[0]!;
  return bad(`${path} exports ${found.length} topologies: export one, made by topology()`);
}

function isTopology(value: unknown): value is Topology {
  if (typeof value !== 'object' || value === null) return false;
  const { hosts, services } = value as Partial<Topology>;
  return Array.isArray(hosts) && services instanceof Map;
}
