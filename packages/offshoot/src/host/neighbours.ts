// How do services of this host and of the topology's other hosts reach each other?
import { isAvailability, OffshootError } from '../error/index.ts';
import type { Protections, Shedder } from '../resilience/index.ts';
import {
  balancedTransport,
  type Call,
  type Callee,
  callDoor,
  type Elsewhere,
  elsewhere,
  httpTransport,
  type LinkTransport,
  linkTransport,
  type Reply,
  type Transport,
} from '../rpc/index.ts';
import type { Admits, Runtime, SigningKey } from '../runtime/index.ts';
import {
  type Folder,
  nodeDial,
  type ServedTls,
  secureDial,
  secureRequests,
} from '../runtime/node/index.ts';
import {
  type PassportControl,
  type Passports,
  passportControl,
  passports,
} from '../security/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import { callServer } from './call-server.ts';
import type { HostTls } from './certificates.ts';
import type { Closer } from './closer.ts';
import type { HostRegistry } from './host-registry.ts';
import { livingPlace, type StatedPlace } from './place-file.ts';
import { EDGE, type HostPlan, type Topology } from './topology.ts';

/** Whether services of this topology are in several processes with stores of their own. */
export const isSplit = ({ hosts }: Topology): boolean =>
  hosts.filter(({ storesOf }) => storesOf === undefined).length > 1;

/** The way to services that do not run in this process. */
export type Neighbours = Omit<Elsewhere, 'close'>;

export interface NeighboursOptions {
  readonly runtime: Runtime;
  readonly folder: Folder;
  readonly logger: Logger;
  /** 32 bytes that all hosts of the topology share, and nobody else. */
  readonly master: Uint8Array;
  readonly metrics?: Metrics;
  /** Where the breakers and budgets of these calls show. @default nowhere */
  readonly shown?: Protections;
  /** @default connections are in the clear */
  readonly secure?: HostTls | undefined;
}

const CUT_OFF_MS = 1_000;
const callsFile = (host: string) => `calls-${host}.json`;

/** The key of a name in this topology: every host can derive it, and nobody without the master key. */
function keyOf({ runtime, master }: NeighboursOptions): (name: string) => SigningKey {
  const { cryptography } = runtime;
  return (name) =>
    cryptography.signingKey(cryptography.hmacSha256(master, `offshoot:service-token:${name}`));
}

/**
 * Follows the other hosts by the topology's registry, or by the files that they leave in the data
 * folder, anew after each failure.
 */
export function neighbours(
  topology: Topology,
  plan: HostPlan,
  options: NeighboursOptions & {
    readonly listed?: Pick<HostRegistry, 'directory' | 'zone'> | undefined;
  },
  closing: Closer,
): Neighbours {
  const { runtime, folder } = options;
  const tickets = passports({ runtime, self: plan.name, keyOf: keyOf(options) });
  const { secure } = options;
  const links = new Map<string, LinkTransport>(); // by address: who left one has closed it
  const to = (url: string): Transport => {
    const link = links.get(url) ?? linkTo(url, { runtime, tickets, secure }, secure?.anyHost);
    links.set(url, link); // all services of a host share it
    return link.transport;
  };
  closing.add(async () => {
    for (const link of links.values()) link.close();
  });
  const listed = options.listed && byRegistry(options.listed, runtime, to, closing);
  const ways = new Map<string, Transport>();
  for (const { name, services, storesOf } of topology.hosts) {
    if (name === plan.name || storesOf !== undefined) continue;
    const way = listed ?? wayTo(name, folder, { runtime, tickets, secure }, closing);
    for (const service of services) ways.set(service.name, way);
  }
  const follower = plan.services[0]?.name ?? plan.name;
  const others = elsewhere({ ...options, ways, nowhere, follower });
  closing.add(async () => others.close());
  return others;
}

/** What a connection to another host is made with. */
interface Calling {
  readonly runtime: Runtime;
  readonly tickets: Passports;
  readonly secure: HostTls | undefined;
}

/** A link to this address, or HTTP where nobody there speaks links: to those whom `admits` believes. */
function linkTo(
  url: string,
  { runtime, tickets: passports, secure }: Calling,
  admits: Admits = () => true,
): LinkTransport {
  if (!secure) {
    const otherwise = httpTransport({ runtime, url, passports });
    return linkTransport({ runtime, url, passports, dial: nodeDial, otherwise });
  }
  const requests = secureRequests(secure.tls, admits);
  const secured = { ...runtime, request: requests.request };
  const otherwise = httpTransport({ runtime: secured, url, passports });
  const dial = secureDial(secure.tls, admits);
  const link = linkTransport({ runtime, url, passports, dial, otherwise });
  // A connection shows what it was made with: with each renewal calls take another.
  const stop = secure.source.onRenewed(() => {
    link.renew();
    requests.renew();
  });
  return {
    ...link,
    close() {
      stop();
      link.close();
      void requests.close();
    },
  };
}

/** Each call goes to whichever instance of its service is best off. */
function byRegistry(
  { directory, zone }: Pick<HostRegistry, 'directory' | 'zone'>,
  runtime: Runtime,
  to: (url: string) => Transport,
  closing: Closer,
): Transport {
  const pool = zone === undefined ? {} : { zone: { zone } };
  const balanced = balancedTransport({ runtime, directory, to, pool });
  closing.add(async () => balanced.close());
  return balanced.transport;
}

const nowhere = ({ service }: Call): Promise<Reply> => {
  const message = `no host of ${service} answers now; it is asked again with the next call`;
  const error = new OffshootError('NO_HEALTHY_INSTANCE', message).toJSON();
  return Promise.resolve({ kind: 'error', error });
};

/** A host is found once, and again when it did not answer: it may be elsewhere after a restart. */
function wayTo(host: string, folder: Folder, calling: Calling, closing: Closer): Transport {
  const admits = calling.secure?.host(host);
  let known: (LinkTransport & StatedPlace) | undefined;
  let isDoubtful = true;
  const find = (): void => {
    const place = livingPlace<StatedPlace>(folder, callsFile(host));
    isDoubtful = place === undefined;
    if (place && place.pid === known?.pid && place.url === known.url) return;
    // Who ends takes its file away first, and still answers what is open.
    if (!place) known = undefined;
    else {
      known?.close();
      known = { ...place, ...linkTo(place.url, calling, admits) };
    }
  };
  closing.add(async () => known?.close());
  return async (call) => {
    if (isDoubtful) find();
    if (!known) return nowhere(call);
    const reply = await known.transport(call);
    if (reply.kind === 'error' && isAvailability(reply.error.code)) isDoubtful = true;
    return reply;
  };
}

export interface ServeCallsOptions extends NeighboursOptions {
  /** What answers for a service of this host. */
  readonly callee: (service: string) => Callee | undefined;
  /** Who gets in. */
  readonly shed?: Shedder;
}

export interface ServedCalls {
  readonly url: string;
  /** Tells the other hosts to go elsewhere, and answers those that come all the same. */
  leave(off: () => Promise<void>, noticeMs: number): Promise<void>;
}

/**
 * Answers calls of the other hosts on an address of this machine's loopback, unless the plan says
 * another, and writes it into the data folder. Who calls proves who it is by a token that only the
 * topology's hosts can make.
 */
export async function serveCalls(
  topology: Topology,
  plan: HostPlan,
  options: ServeCallsOptions,
  closing: Closer,
): Promise<ServedCalls> {
  const { runtime, folder, logger, callee, shed } = options;
  const door = callDoor({ runtime, callee, shed, control: controlOf(topology, options) });
  const { port = 0, address } = plan.calls ?? {};
  const server = await callServer({
    ...{ runtime, door, port, onCrash: (cause) => crashed(logger, cause) },
    mutualTls: servedTls(options),
    ...(address === undefined ? {} : { address }),
  });
  const { url } = server;
  const file = callsFile(plan.name);
  const place: StatedPlace = { pid: process.pid, url };
  folder.write(file, `${JSON.stringify(place)}\n`);
  closing.add(async () => {
    folder.remove(file);
    await server.close(CUT_OFF_MS);
  });
  return {
    url,
    leave(off, noticeMs) {
      folder.remove(file);
      return server.leave(off, noticeMs);
    },
  };
}

const servedTls = ({ secure, logger }: NeighboursOptions): ServedTls | undefined =>
  secure && {
    ...{ tls: secure.tls, admits: secure.anyHost },
    onRefused: (why, address) => logger.warn('a connection was refused', { why, address }),
  };

const crashed = (logger: Logger, cause: unknown): void =>
  logger.error('a call crashed', { error: String(cause) });

function controlOf({ hosts, services }: Topology, options: NeighboursOptions): PassportControl {
  const names = new Set([...services.keys(), ...hosts.map(({ name }) => name), EDGE]);
  const edges = new Set(hosts.filter(({ edge }) => edge).map(({ name }) => name));
  const key = keyOf(options);
  return passportControl({
    runtime: options.runtime,
    keyOf: (name) => (names.has(name) ? key(name) : undefined),
    speaksForPeople: (name) => edges.has(name),
  });
}
