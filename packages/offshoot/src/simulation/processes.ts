// How do simulated hosts reach each other as the processes of one topology do?
import { asOffshootError } from '../error/index.ts';
import {
  type CallDoor,
  type Callee,
  callDoor,
  type Elsewhere,
  elsewhere,
  type Transport,
} from '../rpc/index.ts';
import type { Runtime, SigningKey } from '../runtime/index.ts';
import { passportControl, passports } from '../security/index.ts';
import { SILENT } from '../telemetry/index.ts';
import { CALL, FEED } from './bus.ts';
import { type Fleet, NOT_HERE, type SimulatedHost } from './fleet.ts';
import type { Life } from './life.ts';

export interface ProcessesOptions {
  readonly fleet: Fleet;
  readonly host: SimulatedHost;
  readonly life: Life;
  readonly runtime: Runtime;
}

const FEED_OPERATION = /^offshoot\./;

/** The key of a name, which every host can derive. */
function keyOf({ cryptography }: Runtime): (name: string) => SigningKey {
  return (name) => cryptography.signingKey(cryptography.sha256(`service-token:${name}`));
}

/**
 * The product's own way out of a process: pipelines, passports, and feeds that are followed. Only
 * the wire between them is the simulated network.
 */
export function wayOut(options: ProcessesOptions): Elsewhere {
  const { fleet, host, life, runtime } = options;
  const tickets = passports({ runtime, self: host.name, keyOf: keyOf(runtime) });
  const wayTo =
    (to: SimulatedHost): Transport =>
    async ({ principal, ...call }) => {
      const { service, operation, headers } = call;
      const { idempotencyKey, deadlineMs } = headers;
      const isFeed = FEED_OPERATION.test(operation);
      const foreign = { ...call, passport: tickets(principal, service), signal: undefined };
      const sent = structuredClone(foreign);
      try {
        return await fleet.network.ask({
          what: `${host.name} ${service}.${operation} ${idempotencyKey ?? ''}`,
          from: life,
          ...{ to, timeoutMs: deadlineMs },
          passing: isFeed ? FEED : CALL,
          answer: () => to.door(sent),
        });
      } catch (error) {
        return { kind: 'error', error: asOffshootError(error).toJSON() };
      }
    };
  const ways = new Map<string, Transport>();
  for (const other of fleet.hosts)
    if (other !== host) for (const { name } of other.services) ways.set(name, wayTo(other));
  const follower = host.services[0]!.name;
  return elsewhere({ runtime, logger: SILENT, ways, nowhere: async () => NOT_HERE, follower });
}

/** The product's own way in: a passport that is believed, and only what runs here. */
export function wayIn(
  { fleet, runtime }: Pick<ProcessesOptions, 'fleet' | 'runtime'>,
  callee: (service: string) => Callee | undefined,
): CallDoor {
  const { hosts, edge } = fleet;
  const names = new Set(
    hosts.flatMap((one) => [one.name, ...one.services.map(({ name }) => name)]),
  );
  const key = keyOf(runtime);
  const control = passportControl({
    runtime,
    keyOf: (name) => (names.has(name) ? key(name) : undefined),
    speaksForPeople: (name) => name === edge,
  });
  return callDoor({ runtime, callee, control });
}
