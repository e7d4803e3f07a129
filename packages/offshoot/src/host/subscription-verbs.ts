// What can an operator see and change of where subscriptions stand?
import { OffshootError } from '../error/index.ts';
import type { Consumer, ResetTo } from '../messaging/index.ts';
import type { RunningService } from '../service/index.ts';
import { formatPosition } from '../store/index.ts';
import type { OperatorVerbs } from './operator-door.ts';

export interface ListedSubscription {
  readonly service: string;
  readonly name: string;
  /** Whose events it reads. */
  readonly source: string;
  readonly state: 'running' | 'paused' | 'forked';
  /** What it waits for; for a forked one, what it has seen and where the histories part. */
  readonly reason: string;
  /** Everything at or below is handled or waiting. */
  readonly floor: string;
  /** Where a forked one can go on with `--to fork`; '' when nobody can tell, or none is needed. */
  readonly fork: string;
}

export interface ResetInput {
  readonly service: string;
  readonly name: string;
  readonly to: ResetTo;
}

const PLACES: readonly string[] = ['fork', 'beginning', 'now'];

/** `subscription.ls` and `subscription.reset`. */
export function subscriptionVerbs(services: readonly RunningService[]): OperatorVerbs {
  return {
    'subscription.ls': () => ({
      subscriptions: services.flatMap((one) => one.consumers.map((each) => listed(one.name, each))),
    }),
    async 'subscription.reset'({ service, name, to }: ResetInput) {
      if (!PLACES.includes(to))
        throw new OffshootError('VALIDATION_FAILED', `to is one of ${PLACES.join(', ')}`);
      const consumer = services
        .find((one) => one.name === service)
        ?.consumers.find((one) => one.name === name);
      if (!consumer)
        throw new OffshootError(
          'VALIDATION_FAILED',
          `no subscription ${service}/${name} runs here`,
        );
      const before = listed(service, consumer);
      const at = formatPosition(await consumer.reset(to));
      return { service, name, before: before.floor, at };
    },
  };
}

function listed(service: string, consumer: Consumer): ListedSubscription {
  const { name, source, pausedBy, fork } = consumer;
  return {
    ...{ service, name, source },
    state: fork ? 'forked' : pausedBy === '' ? 'running' : 'paused',
    floor: formatPosition(consumer.floor),
    fork: fork?.at ? formatPosition(fork.at) : '',
    reason: pausedBy,
  };
}
