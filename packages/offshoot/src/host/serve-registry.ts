// How does a registry of our own become a server that other processes reach?
import { type EmbeddedRegistry, embeddedRegistry, registryPages } from '../discovery/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { serveHttp } from '../runtime/node/index.ts';

export interface ServeRegistryOptions {
  readonly runtime: Runtime;
  /** 0 = any free one. */
  readonly port: number;
  /** @default '127.0.0.1' */
  readonly address?: string;
  /** A file that remembers who is registered, over a restart. @default none */
  readonly path?: string;
  /** The word that all who ask must send. @default none: whoever reaches it may ask */
  readonly bearer?: string | undefined;
}

export interface ServedRegistry {
  readonly registry: EmbeddedRegistry;
  readonly url: string;
  /** Ends waits, and then the server. Who is registered stays in the file. */
  close(): Promise<void>;
}

const CUT_OFF_MS = 1_000;

/** Serves an embedded registry over HTTP. Rejects with PORT_IN_USE. */
export async function serveRegistry(options: ServeRegistryOptions): Promise<ServedRegistry> {
  const { runtime, port, address, path, bearer } = options;
  const registry = embeddedRegistry({ runtime, ...(path === undefined ? {} : { path }) });
  try {
    const server = await serveHttp({
      handle: registryPages({ registry, runtime, bearer }),
      ...{ port, ...(address === undefined ? {} : { host: address }) },
    });
    return {
      registry,
      url: server.url,
      async close() {
        registry.close();
        await server.close(CUT_OFF_MS);
      },
    };
  } catch (error) {
    registry.close();
    throw error;
  }
}
