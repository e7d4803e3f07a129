// Which answers does the edge give without asking their service, and when are they forgotten?
import { type AnyContract, dropsOf, type Operation } from '../contract/index.ts';
import type { Broker, FeedPage } from '../messaging/index.ts';
import { type Cache, cache } from '../resilience/index.ts';
import { CALL_HEADERS } from '../rpc/index.ts';
import type { InboundReply, Runtime } from '../runtime/index.ts';
import type { Principal } from '../security/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import { BYPASSED, cacheHeaders } from './cache-status.ts';
import type { Exchange } from './exchange.ts';
import type { WrittenReply } from './reply.ts';
import type { Route } from './routes.ts';

export interface AnswerCacheOptions {
  readonly runtime: Runtime;
  readonly metrics: Metrics;
  readonly contracts: readonly AnyContract[];
  /** All answers together. @default 32 MiB */
  readonly bytesMax?: number;
  /** Where events of the services come by. @default nowhere: answers live as long as they may */
  readonly broker?: Pick<Broker, 'subscribe'> | undefined;
}

export interface Asker {
  readonly route: Route;
  readonly seen: Exchange;
  readonly principal: Principal;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface AnswerCache {
  /** Kept, or fetched once for all who ask now. Rejects as `fetch` does. */
  ask(asker: Asker, fetch: () => Promise<WrittenReply>): Promise<InboundReply>;
  /** A command of this service succeeded here: who wrote reads what he wrote. */
  wrote(service: string): void;
}

const BYTES_MAX = 33_554_432;
const VERSION = /\.v\d+$/;

const tagOf = ({ service, name }: Pick<Operation, 'service' | 'name'>, field = '', value = '') =>
  field === '' ? `${service}.${name}` : `${service}.${name} ${field} ${value}`;

/** The fields of an operation's input that events drop by. */
const fieldsOf = ({ spec: { cache: rules } }: Operation<any, any, any, any>): readonly string[] =>
  rules ? dropsOf(rules).flatMap(([, field]) => (field === true ? [] : [field])) : [];

/** Undefined when no contract says that anything may be kept. */
export function answerCache(options: AnswerCacheOptions): AnswerCache | undefined {
  const { runtime, metrics, contracts, bytesMax = BYTES_MAX, broker } = options;
  const isAny = contracts.some(({ operations }) =>
    Object.values(operations).some(({ spec }) => spec.cache),
  );
  if (!isAny) return undefined;
  const answers = cache<WrittenReply>({ clock: () => runtime.monotonic(), bytesMax });
  if (broker) for (const one of contracts) follow(one, broker, answers);
  const keyOf = keys();

  return {
    async ask(asker, fetch) {
      const { operation } = asker.route;
      const { seen } = asker;
      const { cache: rules } = operation.spec;
      if (!rules) return (await fetch()).write(seen);
      const label = { operation: tagOf(operation) };
      // It has seen what a kept answer may not know yet.
      if (seen.request.headers[CALL_HEADERS.after] !== undefined) {
        metrics.count('offshoot_cache_answers_total', { ...label, use: 'bypass' });
        Object.assign(seen.headers, BYPASSED);
        return (await fetch()).write(seen);
      }
      const { maxAgeMs: freshMs, staleWhileMs = 0, staleIfErrorMs = 0 } = rules;
      const answered = await answers.ask(keyOf(asker), {
        tags: tagsOf(asker),
        async load() {
          const value = await fetch();
          const { bytes, isLasting } = value;
          return isLasting
            ? { value, keeping: { bytes, freshMs, staleWhileMs, staleIfErrorMs } }
            : { value };
        },
      });
      metrics.count('offshoot_cache_answers_total', { ...label, use: answered.use });
      if (answered.isKept && answered.use === 'miss')
        metrics.gauge('offshoot_cache_bytes', answers.bytes);
      Object.assign(seen.headers, cacheHeaders(answered));
      return answered.value.write(seen);
    },
    wrote: (service) => void answers.drop(service),
  };
}

function tagsOf({ route: { operation }, input }: Asker): readonly string[] {
  const byField = fieldsOf(operation).map((field) => tagOf(operation, field, String(input[field])));
  return [operation.service, tagOf(operation), ...byField];
}

/** By path and query as they came, and by everything that is known of who asks unless that is all the same. */
function keys(): (asker: Asker) => string {
  const names = new WeakMap<Principal, string>();
  const nameOf = (principal: Principal): string => {
    const { name, tenant, roles, permissions } = principal;
    const known = names.get(principal) ?? JSON.stringify([name, tenant, roles, permissions]);
    names.set(principal, known);
    return known;
  };
  return ({ route: { operation }, seen, principal }) => {
    const who = operation.access.kind === 'anyone' ? '' : nameOf(principal);
    return `${seen.request.target} ${who}`;
  };
}

/** What an event is about is dropped; another history, and all of the service is. */
function follow(
  { name: service, noun, operations }: AnyContract,
  broker: Pick<Broker, 'subscribe'>,
  answers: Cache<WrittenReply>,
): void {
  const drops = new Map<string, ((key: string) => string)[]>();
  for (const operation of Object.values(operations)) {
    const { cache: rules } = operation.spec;
    for (const [event, field] of rules ? dropsOf(rules) : []) {
      const tag = (key: string) => tagOf(operation, ...(field === true ? [] : [field, key]));
      drops.set(`${noun}.${event}`, [...(drops.get(`${noun}.${event}`) ?? []), tag]);
    }
  }
  if (drops.size === 0) return;
  let epoch: number | undefined;
  broker.subscribe(service, ({ upto, events }: FeedPage) => {
    if (epoch !== undefined && epoch !== upto.epoch) answers.drop(service);
    epoch = upto.epoch;
    for (const { type, partitionkey } of events)
      for (const tag of drops.get(type.replace(VERSION, '')) ?? []) answers.drop(tag(partitionkey));
  });
}
