// How is the gateway that forwards attacked? Between its front and the ear there is nothing else.
import { type RunningProxy as Forwarder, proxy } from 'offshoot/proxy';
import type { UpstreamClient } from 'offshoot/runtime';
import { type Front, nodeRuntime, openFront } from 'offshoot/runtime/node';
import { GUARDED_PATH, type Lane, OPEN_PATH, type Target } from './lane.ts';
import { type Origin, recordingOrigin } from './origin.ts';

const BODY_BYTES_MAX = 1_048_576;
/** Long for a loop, short for who waits for what never comes. */
const UPSTREAM_MS = 1_500;

const TURNS_MAX = 10_000;
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

export interface ProxyTargetOptions {
  readonly name: string;
  /** Carries the requests on. */
  readonly client: UpstreamClient;
  /** @default 1 */
  readonly lanes?: number;
  /** Lines of strangers that the routes let through. @default none */
  readonly headers?: readonly string[];
  /** What takes the connections. @default the front of offshoot/runtime/node */
  readonly open?: (inner: Forwarder) => Promise<Pick<Front, 'port' | 'close'>>;
}

/** Routes as in `gateway.yaml`; what is smuggled has a route too, or nobody would see it arrive. */
const configOf = (origin: Origin, headers: readonly string[]) => ({
  services: { far: { instances: [`http://127.0.0.1:${origin.port}`], ejection: false } },
  routes: [OPEN_PATH, GUARDED_PATH, '/smuggled'].map((path) => ({
    ...{ path, target: 'far', bodyBytesMax: BODY_BYTES_MAX, headers },
    ...{ timeoutMs: UPSTREAM_MS, silenceMs: UPSTREAM_MS },
  })),
});

/** Proxies side by side, each with an own far end. */
export async function proxyTarget(options: ProxyTargetOptions): Promise<Target> {
  const { name, client, lanes = 1, headers = [] } = options;
  const { open = (inner) => openFront({ ...inner, port: 0 }) } = options;
  const ends: (() => Promise<void>)[] = [];
  const lane = async (): Promise<Lane> => {
    const origin = await recordingOrigin();
    const inner = proxy({ runtime: nodeRuntime(), client, config: configOf(origin, headers) });
    const front = await open(inner);
    ends.push(async () => {
      await front.close(0);
      inner.close();
      origin.close();
    });
    const take = async () => {
      // Who left first may have left something on its way.
      for (let turn = 0; inner.inFlight > 0 && turn < TURNS_MAX; turn += 1) await nextTurn();
      await nextTurn();
      return origin.take();
    };
    const { answerWith } = origin;
    return { port: front.port, readsContent: false, take, answerWith };
  };
  return {
    name,
    lanes: await Promise.all(Array.from({ length: lanes }, lane)),
    async close() {
      for (const end of ends) await end();
    },
  };
}
