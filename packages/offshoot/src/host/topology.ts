// Which process runs which services, where does it listen, and where does its data lie?
import type { AnyContract, OpenApiInfo, OutsideAdapter } from '../contract/index.ts';
import type { Registry } from '../discovery/index.ts';
import { badDefinition } from '../error/index.ts';
import type { PublicKey, RevocationOptions, RevocationPage } from '../gateway/index.ts';
import type { LimitStore } from '../resilience/index.ts';
import type { Transport } from '../rpc/index.ts';
import type { CertificateSource, Runtime } from '../runtime/index.ts';
import type { Sealer } from '../security/index.ts';
import type { ServiceDefinition } from '../service/index.ts';
import type { Collection, Reach, RowFacts, RowSource, RowTarget, Store } from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { Settings } from './settings.ts';

/** What a part of a topology may use of the process it becomes part of. */
export interface Surroundings {
  readonly runtime: Runtime;
  readonly settings: Settings;
}

/** How a host can be asked about its own services before it is ready. */
export interface Inside extends Surroundings {
  readonly logger: Logger;
  readonly transport: Transport;
  /** The stores of this host by service. */
  readonly stores: ReadonlyMap<string, Store>;
}

/** What a host offers to the world outside: contracts at paths, and whose tokens it believes. */
export interface Edge {
  readonly contracts: readonly AnyContract[];
  /** What its description says of the whole. @default the host's name and this release */
  readonly about?: Partial<OpenApiInfo>;
  readonly tokens: {
    readonly issuer: string;
    readonly audience: string;
    /** @default 'at+jwt' */
    readonly type?: string;
    /** Asked again when a token names a key that is not known yet. */
    readonly keys: (ask: Reach['ask']) => Promise<readonly PublicKey[]>;
    /** Which sessions and keys are over before their tokens are. @default a token lives to its end */
    readonly revocations?: Omit<RevocationOptions, 'ask'> & {
      readonly since: (ask: Reach['ask'], since: number) => Promise<RevocationPage>;
    };
  };
}

/** The name in which a host with an edge asks for itself, whatever it is called. */
export const EDGE = 'edge';

export interface HostPlan {
  readonly name: string;
  readonly services: readonly ServiceDefinition[];
  /**
   * Another host on the same data folder that holds the files: this one runs the same services on
   * its stores, answers calls, and carries a share of the sagas. @default files of its own
   */
  readonly storesOf?: string;
  /** @default none: the host listens to nobody */
  readonly edge?: Edge;
  readonly listen?: {
    /** The environment variable PORT goes before it. 0 = any free one. */
    readonly port: number;
    /** @default '127.0.0.1' */
    readonly address?: string;
  };
  /**
   * Where the other hosts of the topology call its services. @default any free port of this
   * machine's loopback, which they find by the data folder
   */
  readonly calls?: { readonly port: number; readonly address?: string };
}

/** Which store of which service. */
export interface StorePlace extends Surroundings {
  readonly service: string;
  readonly collections: readonly Collection<any>[];
  readonly sealer: Sealer;
  /** Where a person moved it (`postgres://…`), if it is not where the topology says. */
  readonly address?: string;
}

/** Where a service's state is when it is not in a file: made by an adapter's package. */
export interface StoreAdapter {
  /** `postgres` */
  readonly kind: string;
  /** Opens the store of one service. Rejects with UNAVAILABLE, STORE_MISMATCH, STORE_TOO_NEW. */
  open(place: StorePlace): Promise<Store>;
  /** Absent where stores of this kind do not move. */
  readonly moves?: StoreMoves;
}

/** How a store comes to a place and leaves it, and what is asked when a crash came between. */
export interface StoreMoves {
  source(place: StorePlace): Promise<RowSource>;
  /** @throws STORE_MISMATCH when something else is there. Nothing is changed. */
  check(place: StorePlace, identity: string): Promise<void>;
  target(
    place: StorePlace,
    move: { readonly id: string; readonly facts: Pick<RowFacts, 'identity' | 'epochs'> },
  ): Promise<RowTarget>;
  /** Whether the move `id` ended with the store here; if it did not, it never will. */
  took(place: StorePlace, id: string): Promise<boolean>;
  /** Whether the move `id` has sealed the store here. */
  isSealed(place: StorePlace, id: string): Promise<boolean>;
  unseal(place: StorePlace, id: string): Promise<void>;
  /** Sets aside what was left, if it stands in somebody's way. Returns where it is now. */
  retire?(place: StorePlace): Promise<string | undefined>;
}

/** The list of who answers for what, kept by one of the hosts in a file of its own. */
export interface EmbeddedRegistryPlan {
  readonly kind: 'embedded';
  /** Which host keeps it. The others know what they knew while it is away. */
  readonly host: string;
  /** Where others reach it, who find it by OFFSHOOT_REGISTRY. @default any port of loopback */
  readonly listen?: { readonly port: number; readonly address?: string };
}

/** A registry elsewhere: made by an adapter's package. */
export interface RegistryAdapter {
  /** `etcd` */
  readonly kind: string;
  open(place: Surroundings): Registry;
}

export interface CertificatePlace extends Surroundings {
  /** Whose: `sales`. */
  readonly host: string;
  /** 32 bytes that the hosts of the topology share, and nobody else. */
  readonly master: Uint8Array;
  readonly logger: Logger;
}

/** Where hosts have their certificates from. */
export interface CertificatesAdapter {
  /** A host is `spiffe://<trust domain>/host/<name>`. */
  readonly trustDomain: string;
  open(place: CertificatePlace): CertificateSource & { close(): void };
}

/** Secrets by where they come from, never by value. */
export interface SecretPlan {
  /** An environment variable with 32 bytes, as 64 hex digits or base64. */
  readonly env: string;
  /** A file of the data folder, made at the first start when the variable is not set. */
  readonly file: string;
}

export interface TopologySpec {
  readonly name: string;
  readonly hosts: readonly [HostPlan, ...HostPlan[]];
  /** Files of the data folder (OFFSHOOT_DATA), or what an adapter opens. */
  readonly store: { readonly kind: 'sqlite' } | StoreAdapter;
  /**
   * Where the hosts of services in several processes find each other. @default what each leaves in
   * the data folder that they share
   */
  readonly registry?: EmbeddedRegistryPlan | RegistryAdapter;
  /**
   * With what the hosts prove to each other who they are, on every connection between them.
   * @default they talk in the clear, and prove it by tokens alone: for one machine
   */
  readonly certificates?: CertificatesAdapter;
  /** Where else `offshoot move` may take the store of a service; files it may always. @default none */
  readonly destinations?: readonly StoreAdapter[];
  /** Adapters of the outside ports, by the port's name. @default none */
  readonly outside?: Readonly<Record<string, (surroundings: Surroundings) => OutsideAdapter>>;
  /** How many times what the contracts declare may be called at the edge. @default { factor: 1 } */
  readonly limits?: {
    readonly factor: number;
    /** Where all edges of this topology count together. @default each counts for itself */
    readonly shared?: (surroundings: Surroundings) => LimitStore;
  };
  readonly secrets: { readonly master: SecretPlan };
  /**
   * Where hosts share stores: after so long without a sign from a host others carry its sagas.
   * Milliseconds. @default 15000
   */
  readonly sagaTermMs?: number;
  /**
   * Runs at each start of a host with files of its own, before it is ready: cheap the next time.
   * Where services are in several processes, in that with the edge, as soon as all of them answer.
   */
  readonly seed?: (inside: Inside) => Promise<void>;
}

/** A checked topology. Pinned in decision record 0007. */
export interface Topology extends TopologySpec {
  /** The services of all hosts by name. */
  readonly services: ReadonlyMap<string, ServiceDefinition>;
}

const NAME = /^[a-z][a-z0-9-]{0,62}$/;
const FILE = /^[\w][\w.-]{0,62}$/;
const PORT_MAX = 65_535;

/**
 * Declares a topology. Throws BAD_DEFINITION when a name is none, a service runs twice, or a
 * subscription, a saga step or the edge names a service that runs nowhere.
 */
export function topology(spec: TopologySpec): Topology {
  const where = `topology '${spec.name}'`;
  if (!NAME.test(spec.name)) badDefinition(`${where}: give it a name like 'monolith'`);
  if (spec.hosts.length === 0) badDefinition(`${where} has no host`);
  if (spec.store.kind !== 'sqlite' && !('open' in spec.store))
    badDefinition(
      `${where}: there is no store '${spec.store.kind}'; use { kind: 'sqlite' }, or what an adapter makes`,
    );
  if (!FILE.test(spec.secrets.master.file))
    badDefinition(`${where}: '${spec.secrets.master.file}' is no file name for the master key`);
  if (spec.limits && !(spec.limits.factor > 0))
    badDefinition(`${where}: the factor of its limits is a number above 0`);
  const services = new Map<string, ServiceDefinition>();
  const hosts = new Set<string>();
  for (const host of spec.hosts) {
    if (!NAME.test(host.name)) badDefinition(`${where}: '${host.name}' is no host name`);
    if (hosts.has(host.name)) badDefinition(`${where} has two hosts '${host.name}'`);
    hosts.add(host.name);
    checkListen(`${where}, host '${host.name}'`, host);
    if (host.storesOf !== undefined) continue;
    for (const service of host.services) {
      if (services.has(service.name))
        badDefinition(`${where} runs ${service.name} twice; a store has one writer`);
      services.set(service.name, service);
    }
  }
  for (const host of spec.hosts) checkStoresOf(where, host, spec.hosts);
  const { registry } = spec;
  if (registry && !('open' in registry) && !hosts.has(registry.host))
    badDefinition(`${where}: its registry is kept by host '${registry.host}', which it has not`);
  for (const service of services.values()) checkService(where, service, services);
  for (const { edge } of spec.hosts)
    for (const { name } of edge?.contracts ?? [])
      if (!services.has(name))
        badDefinition(`${where}: the edge mounts ${name}, which runs nowhere`);
  return Object.freeze({ ...spec, services });
}

function checkListen(where: string, host: HostPlan): void {
  if (host.services.length === 0) badDefinition(`${where} runs no service`);
  if (host.edge && !host.listen) badDefinition(`${where} has an edge: say where it listens`);
  for (const { port } of [host.listen, host.calls].filter((one) => one !== undefined))
    if (!Number.isInteger(port) || port < 0 || port > PORT_MAX)
      badDefinition(`${where}: ${port} is no port`);
}

/** What one process calls and subscribes to runs in it: a replica runs all of it too. */
function checkStoresOf(where: string, host: HostPlan, hosts: readonly HostPlan[]): void {
  const { name, storesOf, services } = host;
  if (storesOf === undefined) return;
  const holder = hosts.find((one) => one.name === storesOf);
  if (!holder || holder.storesOf !== undefined)
    badDefinition(`${where}: host '${name}' works on the stores of '${storesOf}', which has none`);
  const same = new Set(services);
  if (same.size !== holder.services.length || !holder.services.every((one) => same.has(one)))
    badDefinition(`${where}: host '${name}' runs other services than '${storesOf}'`);
}

function checkService(
  where: string,
  service: ServiceDefinition,
  services: ReadonlyMap<string, ServiceDefinition>,
): void {
  for (const { name, service: producer } of service.subscriptions)
    if (!services.has(producer))
      badDefinition(
        `${where}: ${service.name} subscribes to ${producer} (${name}), which runs nowhere`,
      );
  for (const { name, steps } of service.sagas)
    for (const step of steps) {
      const called = step.kind === 'call' ? [step.operation.service] : [];
      const undone = step.compensate ? [step.compensate.operation.service] : [];
      for (const callee of [...called, ...undone])
        if (!services.has(callee))
          badDefinition(
            `${where}: step ${step.name} of saga ${name} calls ${callee}, which runs nowhere`,
          );
    }
}
