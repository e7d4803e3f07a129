// How do many questions of one turn become one?
import { OffshootError } from '../error/index.ts';
import type { Call, Reply } from './call.ts';
import type { Callee } from './in-process.ts';

/** An operation that every service answers: no contract can have such a name. */
export const BATCH_OPERATION = 'offshoot.batch';
export const BATCH_MAX = 100;

/** One question of a batch; its answer stands at the same place of the output. */
export interface Question {
  readonly operation: string;
  readonly input?: unknown;
}

/**
 * A callee that also answers batches: each question as if it had been asked alone, by the same
 * caller, with the same headers but for the key, which is of one command.
 */
export function withBatch(callee: Callee): Callee {
  const one = async (call: Call, { operation, input }: Question): Promise<Reply> => {
    const { idempotencyKey: _, ...headers } = call.headers;
    return callee({ ...call, operation, input, headers });
  };
  return async (call) => {
    if (call.operation !== BATCH_OPERATION) return callee(call);
    const questions = call.input as readonly Question[];
    const isBatch = Array.isArray(questions) && questions.length <= BATCH_MAX;
    if (!isBatch || !questions.every((each) => typeof each?.operation === 'string'))
      throw new OffshootError('VALIDATION_FAILED', `a batch is a list of ${BATCH_MAX} at most`);
    const value = await Promise.all(questions.map((each) => one(call, each)));
    return { kind: 'output', value, after: '' };
  };
}
