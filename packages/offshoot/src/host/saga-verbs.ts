// What can an operator see and decide of the sagas of one host?
import { OffshootError } from '../error/index.ts';
import type { SagaEngine, SagaQuery, SagaRecord, SagaStory } from '../saga/index.ts';
import type { RunningService } from '../service/index.ts';
import type { OperatorVerbs } from './operator-door.ts';

export interface SagaVerbsParts {
  readonly services: readonly RunningService[];
  /** Who decides: the name of the operator's principal. */
  readonly by: string;
}

/** One saga in a list: where it stands, without what it works with. */
export interface ListedSaga {
  readonly service: string;
  readonly id: string;
  readonly saga: string;
  readonly version: number;
  readonly status: string;
  /** Why it compensates, or is paused. */
  readonly reason: string;
  /** Why it waits for a person. */
  readonly paused: string;
  readonly attempts: number;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

export interface ListedSagas {
  readonly sagas: readonly ListedSaga[];
  /** Give it as `after` for more. */
  readonly next: string | undefined;
}

export interface ShownSaga extends SagaStory {
  readonly service: string;
}

interface ListInput extends SagaQuery {
  /** @default every service of the host, one after the other */
  readonly service?: string;
}

interface DecisionInput {
  readonly id: string;
  /** @default the one that has a saga of this id */
  readonly service?: string;
  readonly why?: string;
  readonly result?: unknown;
  readonly force?: boolean;
}

const LIMIT_DEFAULT = 100;

/**
 * `saga.ls`, `saga.show`, `saga.resume`, `saga.skip`, `saga.compensate`. They refuse with
 * SAGA_NOT_FOUND, PRECONDITION_FAILED, VALIDATION_FAILED, as the engine does.
 */
export function sagaVerbs({ services, by }: SagaVerbsParts): OperatorVerbs {
  const decide =
    (decision: (engine: SagaEngine, given: DecisionInput) => Promise<SagaRecord>) =>
    async (given: DecisionInput) => {
      const { service } = await shown(services, given);
      const record = await decision(service.sagas, given);
      return listed(service.name, given.id, record);
    };
  const who = ({ why = '' }: DecisionInput) => ({ by, why });
  return {
    'saga.ls': (given: ListInput) => list(services, given),
    'saga.show': async (given: DecisionInput): Promise<ShownSaga> => {
      const { service, story } = await shown(services, given);
      return { service: service.name, ...story };
    },
    'saga.resume': decide((engine, given) => engine.resume(given.id, who(given))),
    'saga.skip': decide((engine, given) => engine.skip(given.id, who(given), given.result)),
    'saga.compensate': decide((engine, given) =>
      engine.compensate(given.id, { ...who(given), force: given.force === true }),
    ),
  };
}

/** One service after the other; where the page ends says which is next. */
async function list(services: readonly RunningService[], given: ListInput): Promise<ListedSagas> {
  const { service, after, limit = LIMIT_DEFAULT, ...query } = given;
  const asked = services.filter(({ name }) => service === undefined || service === name);
  const [from = '', afterId = ''] = after?.split(/:(.*)/s) ?? [];
  const first = Math.max(
    0,
    asked.findIndex(({ name }) => name === from),
  );
  const found: ListedSaga[] = [];
  for (const [at, { name, sagas }] of asked.slice(first).entries()) {
    const left = limit - found.length;
    if (left === 0) return { sagas: found, next: `${name}:` };
    const start = at === 0 && afterId !== '' ? { after: afterId } : {};
    const page = await sagas.list({ ...query, ...start, limit: left });
    for (const { id, record } of page.sagas) found.push(listed(name, id, record));
    if (page.next !== undefined) return { sagas: found, next: `${name}:${page.next}` };
  }
  return { sagas: found, next: undefined };
}

const listed = (service: string, id: string, record: SagaRecord): ListedSaga => {
  const { saga, version, status, reason, attempts, startedAt, pause } = record;
  const waiting = pause?.code ?? (status === 'paused' ? reason : '');
  return { service, id, saga, version, status, reason, paused: waiting, attempts, startedAt };
};

async function shown(services: readonly RunningService[], given: DecisionInput) {
  const { id, service: name } = given;
  const found: { readonly service: RunningService; readonly story: SagaStory }[] = [];
  for (const service of services) {
    if (name !== undefined && service.name !== name) continue;
    const story = await service.sagas.show(String(id));
    if (story) found.push({ service, story });
  }
  const [first, ...others] = found;
  if (!first) throw new OffshootError('SAGA_NOT_FOUND', `no service of this host has a saga ${id}`);
  if (others.length === 0) return first;
  const names = found.map(({ service }) => service.name).join(', ');
  throw new OffshootError('VALIDATION_FAILED', `${names} have a saga ${id}: say whose`);
}
