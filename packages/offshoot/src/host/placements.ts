// Where is the store of a service, if it was moved from where the topology says?
import { OffshootError } from '../error/index.ts';
import type { Folder } from '../runtime/node/index.ts';

/** `{ service: placement }`, in the data folder; readable by its owner only, for an address may have a password. */
export const PLACEMENTS_FILE = 'placements.json';

export interface Placement {
  /** `sqlite`, or an address. Absent: where the topology says. */
  readonly store?: string;
  /** Of a move that has begun: whoever finds it asks both sides how it ended. */
  readonly moving?: { readonly id: string; readonly to: string };
}

export interface Placements {
  of(service: string): Placement;
  /** Durable on return. */
  set(service: string, placement: Placement): void;
}

export function placements(folder: Folder): Placements {
  const read = (): Record<string, Placement> => {
    const text = folder.read(PLACEMENTS_FILE);
    try {
      return text === undefined ? {} : (JSON.parse(text) as Record<string, Placement>);
    } catch (cause) {
      const message = `${folder.at(PLACEMENTS_FILE)} is not well-formed: put it back, it says where stores were moved`;
      throw new OffshootError('STORE_MISMATCH', message, { cause });
    }
  };
  return {
    of: (service) => read()[service] ?? {},
    set(service, placement) {
      const { [service]: _, ...others } = read();
      const isUsual = placement.store === undefined && placement.moving === undefined;
      const all = isUsual ? others : { ...others, [service]: placement };
      folder.write(PLACEMENTS_FILE, `${JSON.stringify(all, null, 2)}\n`);
    },
  };
}

/** An address as people may see it: without a password. */
export function shown(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  if (url.password !== '') url.password = '***';
  return url.href;
}
