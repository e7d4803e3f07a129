// What does a person see of a service's sagas, and how do they decide about a paused one?
import { OffshootError } from '../error/index.ts';
import { every, one, runUnit, type StoredEvent, streamOf, where } from '../store/index.ts';
import { afterDecision, type Decision, pauseOf } from './decision.ts';
import type { SagaDefinition } from './definition.ts';
import { journalDecision, type SagaRecord, type SagaStatus, sagaStream, sagas } from './journal.ts';
import { commit, type MoveContext, type Saga } from './move.ts';

export interface SagaQuery {
  /** @default any */
  readonly status?: SagaStatus;
  /** The name of a definition. @default any */
  readonly saga?: string;
  /** `next` of the page before. */
  readonly after?: string;
  /** @default 100, at most 1,000 */
  readonly limit?: number;
}

export interface SagaPage {
  readonly sagas: readonly { readonly id: string; readonly record: SagaRecord }[];
  /**
   * Where the next page begins, undefined on the last one. A page looks at 1,000 sagas at most, so
   * one that asks for a name may be short, or empty, and not be the last.
   */
  readonly next: string | undefined;
}

export interface SagaStory {
  readonly id: string;
  readonly record: SagaRecord;
  /** The name of the step that `record.index` means, where this release knows the version. */
  readonly step: string | undefined;
  /** The journal, oldest first: at most the last 1,000 entries. */
  readonly history: readonly StoredEvent[];
}

/** Who decided, and why: both are journaled. */
export interface Decider {
  /** `user:<id>` */
  readonly by: string;
  readonly why: string;
}

export interface SagaDesk {
  /** By id. Bounded however many there are. */
  list(query?: SagaQuery): Promise<SagaPage>;
  /** Undefined when there is no saga of this id. */
  show(id: string): Promise<SagaStory | undefined>;
  /** Tries the step, or its compensation, again. */
  resume(id: string, who: Decider): Promise<SagaRecord>;
  /** As if the step had `result`, or the compensation had succeeded. */
  skip(id: string, who: Decider, result?: unknown): Promise<SagaRecord>;
  /**
   * Undoes what can be undone. Where the pivot may have happened it is refused, unless forced;
   * then the journal names the steps that stay done.
   */
  compensate(id: string, who: Decider & { readonly force?: boolean }): Promise<SagaRecord>;
}

export interface DeskOptions {
  readonly context: MoveContext;
  readonly definitionOf: (record: SagaRecord) => SagaDefinition | undefined;
  /** A decision is durable: the saga is to be carried again. */
  readonly onDecided: (id: string, record: SagaRecord) => void;
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;
const HISTORY_MAX = 1_000;
const RIVALS_MAX = 16;

/**
 * Decisions throw SAGA_NOT_FOUND, PRECONDITION_FAILED when the saga is in no state for them,
 * VALIDATION_FAILED for a result that the step's operation could not have answered.
 */
export function desk({ context, definitionOf, onDecided }: DeskOptions): SagaDesk {
  const { service, runtime, logger } = context;

  const load = async (id: string): Promise<Saga | undefined> => {
    const needs = () => ({ saga: one(sagas, id) });
    return (await runUnit(context, needs, (loaded) => ({ value: loaded.saga }))).value;
  };

  const decide = async (id: string, who: Decider, decision: Decision): Promise<SagaRecord> => {
    for (let rivals = 0; rivals < RIVALS_MAX; rivals += 1) {
      const saga = await load(id);
      if (!saga) throw new OffshootError('SAGA_NOT_FOUND', `${service} has no saga ${id}`);
      const { data: record } = saga;
      const definition = definitionOf(record);
      if (!definition) {
        const message = `no host knows version ${record.version} of ${record.saga}: start a release that does, and it goes on by itself`;
        throw new OffshootError('PRECONDITION_FAILED', message);
      }
      const { next, notUndone } = afterDecision(definition, record, decision, runtime.now());
      const { direction } = pauseOf(definition, record);
      const data = {
        ...{ saga: record.saga, definitionVersion: record.version, decision: decision.kind },
        ...{ step: definition.steps[record.index]!.name, direction, ...who, notUndone },
      };
      const written = ({ status }: SagaRecord) => journalDecision(id, { ...data, status });
      if (!(await commit({ definition, saga, next: () => next, written }, context, who.by)))
        continue;
      logger.warn('a person decided about a saga', { id, ...fieldsOf(data) });
      onDecided(id, next);
      return next;
    }
    throw new OffshootError('CONFLICT', `saga ${id} keeps moving: look again, then decide`);
  };

  return {
    async list({ status, saga, after = '', limit = LIMIT_DEFAULT } = {}) {
      const wanted = Math.max(1, Math.min(limit, LIMIT_MAX));
      const seen = saga === undefined ? wanted : LIMIT_MAX;
      const page = { limit: seen, after };
      const needs = () => ({
        found: status === undefined ? every(sagas, page) : where(sagas, 'status', status, page),
      });
      const { value: found } = await runUnit(context, needs, (loaded) => ({ value: loaded.found }));
      const fitting = found.filter(({ data }) => saga === undefined || data.saga === saga);
      const shown = fitting.slice(0, wanted);
      const last = fitting.length > wanted ? shown.at(-1)?.id : found.at(-1)?.id;
      const isLast = found.length < seen && fitting.length <= wanted;
      return {
        sagas: shown.map(({ id, data }) => ({ id, record: data })),
        next: isLast ? undefined : last,
      };
    },
    async show(id) {
      const needs = () => ({ saga: one(sagas, id), journal: streamOf(sagaStream(id)) });
      const { value } = await runUnit(context, needs, (loaded) => ({ value: loaded }));
      if (!value.saga) return undefined;
      const { data: record } = value.saga;
      const step = definitionOf(record)?.steps[record.index]?.name;
      return { id, record, step, history: value.journal.events.slice(-HISTORY_MAX) };
    },
    resume: (id, who) => decide(id, whoOf(who), { kind: 'resume' }),
    skip: (id, who, result) => decide(id, whoOf(who), { kind: 'skip', result }),
    compensate: (id, who) =>
      decide(id, whoOf(who), { kind: 'compensate', force: who.force ?? false }),
  };
}

const whoOf = ({ by, why }: Decider): Decider => ({ by, why });

const fieldsOf = ({ notUndone, ...rest }: { readonly notUndone: readonly string[] }) => ({
  ...rest,
  notUndone: notUndone.join(' '),
});
