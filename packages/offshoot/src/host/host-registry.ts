// Where do the hosts of a topology keep the list of who answers for which service?
import {
  type Directory,
  directory,
  httpRegistry,
  movingRegistry,
  type Presence,
  presence,
  type Registry,
} from '../discovery/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Folder } from '../runtime/node/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { Closer } from './closer.ts';
import { livingPlace, type StatedPlace } from './place-file.ts';
import { serveRegistry } from './serve-registry.ts';
import type { Settings } from './settings.ts';
import type { EmbeddedRegistryPlan, HostPlan, Topology } from './topology.ts';
import { VERSION } from './version.ts';

/** The list as one host of a topology has it. */
export interface HostRegistry {
  readonly directory: Directory;
  /** Where this process stands, by OFFSHOOT_ZONE. */
  readonly zone: string | undefined;
  /**
   * Lists this host for its services at `url`, until it ends. Resolves when all of them are listed,
   * or when the registry has been away for too long to wait for it.
   */
  join(url: string): Promise<void>;
  /** Takes this host off the list; at the latest with its end. */
  leave(): Promise<void>;
}

export interface HostRegistryOptions {
  readonly runtime: Runtime;
  readonly folder: Folder;
  readonly logger: Logger;
  readonly settings: Settings;
  /** 32 bytes that all hosts of the topology share, and nobody else. */
  readonly master: Uint8Array;
}

const FILE = 'registry.db';
const LISTED_MS_MAX = 2_000;
const RETRY_MS_MAX = 1_000;
const placeFile = (host: string) => `registry-${host}.json`;

/** Undefined where the topology has none. The embedded one is kept by the host that it names. */
export async function hostRegistry(
  { registry: spec }: Topology,
  plan: HostPlan,
  options: HostRegistryOptions,
  closing: Closer,
): Promise<HostRegistry | undefined> {
  if (!spec) return undefined;
  const { runtime, settings, logger } = options;
  const registry =
    'open' in spec
      ? spec.open({ runtime, settings })
      : await embedded(spec, plan, options, closing);
  const known = directory({ registry, runtime, retryMsMax: RETRY_MS_MAX });
  closing.add(async () => {
    known.close();
    registry.close();
  });
  const zone = settings.find('OFFSHOOT_ZONE');
  const here: Presence[] = [];
  const leave = async () => void (await Promise.all(here.map((one) => one.leave())));
  return {
    directory: known,
    zone,
    leave,
    async join(url) {
      const id = plan.name; // after a restart it takes the place of who it was
      for (const { name: service } of plan.services)
        here.push(
          presence({
            ...{ registry, runtime, instance: { id, service, url, version: VERSION, zone } },
            onState: (state, why) => logger.info('registry', { service, state, why }),
          }),
        );
      closing.add(leave);
      await Promise.all(here.map((one) => one.listed(LISTED_MS_MAX)));
    },
  };
}

/** Served by one host; the others find it by its setting, or by what it leaves in the data folder. */
async function embedded(
  { host, listen }: EmbeddedRegistryPlan,
  plan: HostPlan,
  { runtime, folder, master, settings }: HostRegistryOptions,
  closing: Closer,
): Promise<Registry> {
  const word = runtime.cryptography.hmacSha256(master, 'offshoot:registry');
  const bearer = Buffer.from(word).toString('hex');
  if (plan.name !== host) {
    const stated = settings.find('OFFSHOOT_REGISTRY');
    const find = () => stated ?? placeOf(folder, host);
    return movingRegistry({ find, at: (url) => httpRegistry({ runtime, url, bearer }) });
  }
  const { port = 0, address } = listen ?? {};
  const served = await serveRegistry({
    ...{ runtime, port, bearer, path: folder.at(FILE) },
    ...(address === undefined ? {} : { address }),
  });
  const place: StatedPlace = { pid: process.pid, url: served.url };
  folder.write(placeFile(host), `${JSON.stringify(place)}\n`);
  closing.add(async () => {
    folder.remove(placeFile(host));
    await served.close();
  });
  return served.registry;
}

const placeOf = (folder: Folder, host: string): string | undefined =>
  livingPlace<StatedPlace>(folder, placeFile(host))?.url;
