// How do the people of a simulated world call its services?
import {
  type InputFor,
  jsonCopy,
  type Operation,
  type RefusalFor,
  type ResultFor,
} from '../contract/index.ts';
import { badDefinition, OffshootError } from '../error/index.ts';
import { type Call, invoke } from '../rpc/index.ts';
import type { Principal } from '../security/index.ts';
import { newTraceparent } from '../telemetry/index.ts';
import type { Fleet } from './fleet.ts';
import { life as newLife } from './life.ts';
import { simulatedRuntime } from './simulated-runtime.ts';
import type { World } from './world.ts';

/** What a workload does with: it lives outside all hosts, and its calls cross the network. */
export interface Client {
  readonly world: World;
  /** The share of the usual workload that is asked for: less than 1 while a failure is shrunk. */
  readonly share: number;
  /**
   * Calls until there is an answer, always with the same key: what a careful caller does.
   * Availability errors are tried again; a refusal is returned; another error is thrown.
   */
  call<Op extends Operation<any, any, any, any>>(
    principal: Principal,
    operation: Op,
    input: InputFor<Op>,
    key: string,
  ): Promise<ResultFor<Op> | RefusalFor<Op>>;
  sleep(ms: number): Promise<void>;
  id(): string;
}

export const CLIENT = 'client';
const CALL_MS = 5_000;
const AGAIN_MS_MIN = 50;
const AGAIN_MS_MAX = 2_000;

export function client(fleet: Fleet, share: number): Client {
  const { world, network, disks } = fleet;
  const life = newLife(CLIENT);
  const runtime = simulatedRuntime(world, disks, life);
  const transportFor =
    (operation: Operation<any, any, any, any>, key: string) =>
    (call: Call): ReturnType<NonNullable<ReturnType<Fleet['of']>>['callee']> => {
      const { edge } = fleet;
      const to =
        edge === undefined
          ? fleet.of(operation.service)
          : fleet.hosts.find(({ name }) => name === edge);
      if (!to) return badDefinition(`no host runs ${operation.service}`);
      const copied = { ...call, input: jsonCopy(call.input) };
      return network.ask({
        what: `${CLIENT} ${operation.service}.${operation.name} ${key}`,
        from: life,
        to,
        timeoutMs: CALL_MS,
        isCopy: true,
        passing: {
          onQuestion: 'on-call',
          beforeAnswer: 'before-answer',
          afterAnswer: 'after-answer',
        },
        answer: () => (edge === undefined ? to.callee(copied) : to.transport(copied)),
      });
    };
  return {
    world,
    share,
    sleep: (ms) => runtime.sleep(ms),
    id: () => runtime.id(),
    async call(principal, operation, input, key) {
      const correlationId = runtime.id();
      const headers = {
        deadlineMs: CALL_MS,
        correlationId,
        causationId: correlationId,
        traceparent: newTraceparent(runtime),
        idempotencyKey: key,
      };
      const transport = transportFor(operation, key);
      for (let wait = AGAIN_MS_MIN; ; wait = Math.min(wait * 2, AGAIN_MS_MAX)) {
        try {
          return await invoke({ transport, principal }, operation, input, headers);
        } catch (error) {
          if (!(error instanceof OffshootError) || !error.retryable) throw error;
        }
        await runtime.sleep(wait * (1 + world.random.next()));
      }
    },
  };
}
