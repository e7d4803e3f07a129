// Where do tests send sagas of any shape: an office that runs them, and works that does the steps?
import { anyone, command, contract, jsonSchema, query, refusal } from '../contract/index.ts';
import type { Call, Reply } from '../rpc/index.ts';
import { compensation, type SagaDefinition, type SagaRecord, sagas } from '../saga/index.ts';
import { commandHandler, queryHandler, type ServiceDefinition, service } from '../service/index.ts';
import { type Entry, one, START } from '../store/index.ts';
import { type System, system } from './system.ts';

export interface Errand {
  readonly id: string;
}
export const Errand = jsonSchema<Errand>({ type: 'object', required: ['id'] });
const step = (route: string) =>
  command(route, {
    input: Errand,
    output: Errand,
    refusals: { NO: refusal(409) },
    access: anyone(),
  });

/** `a`, `b` and `c` are done, and undone by `undoA` and so on. */
export const works = contract('works', {
  version: 1,
  operations: {
    a: step('POST /a'),
    b: step('POST /b'),
    c: step('POST /c'),
    undoA: step('POST /undo-a'),
    undoB: step('POST /undo-b'),
    look: query('GET /look', { input: Errand, output: Errand, access: anyone() }),
  },
  events: {},
});
const does = (operation: typeof works.a) =>
  commandHandler(operation, { decide: ({ input }) => ({ reply: input }) });
const worksService = service(works, {
  handlers: {
    a: does(works.a),
    b: does(works.b),
    c: does(works.c),
    undoA: does(works.undoA),
    undoB: does(works.undoB),
    look: queryHandler(works.look, { answer: ({ input }) => input }),
  },
});

const given = ({ input }: { readonly input: Errand }) => ({ id: input.id });
/** The options of a step. */
export const doing = { input: given };
export const undoneByA = { input: given, compensate: compensation(works.undoA, given) };
export const undoneByB = { input: given, compensate: compensation(works.undoB, given) };

interface Request extends Errand {
  readonly saga: string;
  readonly name?: string;
  readonly data?: unknown;
}
const Request = jsonSchema<Request>({ type: 'object', required: ['saga', 'id'] });
const ask = (route: string) => command(route, { input: Request, output: Errand, access: anyone() });
export const office = contract('office', {
  version: 1,
  operations: { begin: ask('POST /begin'), say: ask('POST /say'), cancel: ask('POST /cancel') },
  events: {},
});

/** A release of the office: the sagas it knows. */
export function officeService(definitions: readonly SagaDefinition[]): ServiceDefinition {
  const named = (name: string) => definitions.findLast((one) => one.name === name)!;
  return service(office, {
    sagas: definitions,
    handlers: {
      begin: commandHandler(office.begin, {
        decide: ({ input: { saga, id } }) => ({
          sagas: [named(saga).start(id, { id })],
          reply: { id },
        }),
      }),
      say: commandHandler(office.say, {
        decide: ({ input: { saga, id, name = '', data } }) => ({
          signals: [named(saga).signal(id, name, data)],
          reply: { id },
        }),
      }),
      cancel: commandHandler(office.cancel, {
        decide: ({ input: { saga, id } }) => ({
          signals: [named(saga).cancel(id)],
          reply: { id },
        }),
      }),
    },
  });
}

export interface Errands {
  readonly it: System;
  /** The operations of the works that were called, oldest first. */
  readonly done: string[];
  begin(saga: string, id: string): Promise<void>;
  say(saga: string, id: string, name: string, data?: unknown): Promise<void>;
  cancel(saga: string, id: string): Promise<void>;
  record(id: string): Promise<SagaRecord | undefined>;
  journal(id: string): Promise<readonly (Entry & { readonly data: any })[]>;
}

export type Answer = (call: Call, next: (call: Call) => Promise<Reply>) => Promise<Reply>;

/** Runs `body` with an office that has these sagas; `answer` stands before the works. */
export async function errands(
  definitions: readonly SagaDefinition[],
  body: (errands: Errands) => Promise<void>,
  answer: Answer = (call, next) => next(call),
): Promise<void> {
  const it = await system([officeService(definitions), worksService]);
  const done: string[] = [];
  it.way((call, next) => {
    if (call.service !== 'works') return next(call);
    done.push(call.operation);
    return answer(call, next);
  });
  try {
    await body({
      it,
      done,
      begin: async (saga, id) => void (await it.invoke(office.begin, { saga, id })),
      say: async (saga, id, name, data) =>
        void (await it.invoke(office.say, { saga, id, name, data })),
      cancel: async (saga, id) => void (await it.invoke(office.cancel, { saga, id })),
      record: async (id) => (await it.store('office').load(one(sagas, id)))?.data,
      journal: async (id) => {
        const { entries } = await it.store('office').readLog(START, 10_000);
        return entries.filter(({ stream }) => stream === `saga/${id}`) as any;
      },
    });
  } finally {
    await it.close();
  }
}

/** What the journal says, a word or two an entry. */
export const told = (journal: readonly { readonly type: string; readonly data: any }[]) =>
  journal.slice(1).map(({ type, data }) => {
    const { step, direction, outcome } = data;
    if (!outcome) return type;
    return [step, ...(direction === 'back' ? ['back'] : []), outcome.kind, outcome.code]
      .filter(Boolean)
      .join(' ');
  });
