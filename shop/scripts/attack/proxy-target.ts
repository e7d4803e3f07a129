// How is the gateway that forwards attacked? Between its front and the ear there is nothing else.
import { type GatewayConfig, proxy, type RunningProxy } from 'offshoot/proxy';
import type { UpstreamClient } from 'offshoot/runtime';
import { type Front, nodeRuntime, openFront } from 'offshoot/runtime/node';
import { issueToken } from 'offshoot/security';
import { GUARDED_PATH, type Lane, OPEN_PATH, type Target } from './lane.ts';
import { type Origin, recordingOrigin } from './origin.ts';

const BODY_BYTES_MAX = 1_048_576;
/** Long for a loop, short for who waits for what never comes. */
const UPSTREAM_MS = 1_500;

const KID = 'k1';
const TYPE = 'at+jwt';
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
  /** Whether the guarded path asks for a token. @default true */
  readonly guards?: boolean;
  /** What takes the connections. @default the front of offshoot/runtime/node */
  readonly open?: (inner: RunningProxy) => Promise<Pick<Front, 'port' | 'close'>>;
}

/** Routes as in `gateway.yaml`; what is smuggled has a route too, or nobody would see it arrive. */
const configOf = (
  origin: Origin,
  x: string,
  { headers = [], guards = true }: ProxyTargetOptions,
): GatewayConfig => {
  const keys = [{ kty: 'OKP', crv: 'Ed25519', kid: KID, alg: 'EdDSA', x }];
  const jwt = { issuer: 'kit', audience: 'api', type: TYPE, keys };
  return {
    services: { far: { instances: [`http://127.0.0.1:${origin.port}`], ejection: false } },
    routes: [OPEN_PATH, GUARDED_PATH, '/smuggled'].map((path) => ({
      ...{ path, target: 'far', bodyBytesMax: BODY_BYTES_MAX, headers },
      ...{ timeoutMs: UPSTREAM_MS, silenceMs: UPSTREAM_MS },
      policies: guards && path === GUARDED_PATH ? [{ jwt }] : [],
    })),
  };
};

/** Proxies side by side, each with an own far end. */
export async function proxyTarget(options: ProxyTargetOptions): Promise<Target> {
  const { name, client, lanes = 1 } = options;
  const { open = (inner) => openFront({ ...inner, port: 0 }) } = options;
  const runtime = nodeRuntime();
  const key = runtime.cryptography.signingKey(runtime.randomBytes(32));
  const ends: (() => Promise<void>)[] = [];
  const lane = async (): Promise<Lane> => {
    const origin = await recordingOrigin();
    const inner = proxy({ runtime, client, config: configOf(origin, key.x, options) });
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
    tokens() {
      const now = Math.floor(runtime.now() / 1_000);
      const claims = { sub: 'u1', iss: 'kit', aud: 'api', iat: now, exp: now + 3_600 };
      return {
        good: issueToken(key, KID, TYPE, claims),
        takesAudienceLists: true,
        material: { now, x: key.x, sign: key.sign },
      };
    },
    async close() {
      for (const end of ends) await end();
    },
  };
}
