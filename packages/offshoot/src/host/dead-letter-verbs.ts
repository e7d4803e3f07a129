// What can an operator see and decide of the messages that wait on one host?
import { OffshootError } from '../error/index.ts';
import type {
  Consumer,
  DeadLetter,
  DeadLetterStory,
  DecidedBy,
  FailureGroup,
  Replay,
  Selection,
} from '../messaging/index.ts';
import { type Keyring, veil } from '../security/index.ts';
import type { RunningService } from '../service/index.ts';
import type { OperatorVerbs } from './operator-door.ts';
import { VERSION } from './version.ts';

export interface DeadLetterVerbsParts {
  readonly services: readonly RunningService[];
  readonly keyring: Pick<Keyring, 'find'>;
  /** Who decides: the name of the operator's principal. */
  readonly by: string;
}

export interface WaitingSubscription {
  readonly service: string;
  readonly subscription: string;
  readonly messages: number;
  readonly parkedKeys: number;
  /** What it waits for, '' when it runs. */
  readonly pausedBy: string;
}

export interface ListedDeadLetters {
  /** Those with anything to say: paused, or with messages that wait. */
  readonly subscriptions: readonly WaitingSubscription[];
  /** Unless messages are asked for: what failed alike, the largest first. */
  readonly groups?: readonly FailureGroup[];
  /** Of a group or a key. */
  readonly messages?: readonly DeadLetter[];
}

export interface ShownDeadLetter extends DeadLetterStory {
  /** As its handler sees it: only where asked for with a reason. */
  readonly opened?: unknown;
}

export interface Replayed {
  readonly dryRun: boolean;
  /** Of the host, whose handlers it are. */
  readonly release: string;
  /** One for each subscription in which anything fits. */
  readonly replays: readonly Replay[];
}

interface Asked {
  /** @default every subscription of the host */
  readonly subscription?: string;
  readonly message?: string;
  readonly key?: string;
  readonly fingerprint?: string;
  readonly limit?: number;
  readonly why?: string;
  readonly open?: boolean;
  readonly dryRun?: boolean;
}

/**
 * `dlq.ls`, `dlq.show`, `dlq.replay`, `dlq.discard`. They refuse with DEAD_LETTER_NOT_FOUND,
 * PRECONDITION_FAILED and VALIDATION_FAILED, as the subscriptions do.
 */
export function deadLetterVerbs(parts: DeadLetterVerbsParts): OperatorVerbs {
  const { services, keyring, by } = parts;
  const who = ({ why = '' }: Asked): DecidedBy => ({ by, why });
  return {
    'dlq.ls': (asked: Asked) => list(services, asked),
    'dlq.show': async (asked: Asked): Promise<ShownDeadLetter> => {
      const { message, consumer, story } = await shown(services, asked);
      const event = { ...story.event, data: veil(story.event.data, keyring) };
      if (!asked.open) return { ...story, event };
      return { ...story, event, opened: await consumer.deadLetters.open(message, who(asked)) };
    },
    'dlq.replay': (asked: Asked) => replay(services, asked, who(asked)),
    'dlq.discard': async (asked: Asked) => {
      const { message, consumer } = await waitingFor(services, asked);
      const discarded = await consumer.deadLetters.discard(message, who(asked));
      return { subscription: consumer.name, message, discarded };
    },
  };
}

/** Where messages wait: subscriptions, and queues for items that no worker could do. */
type Line = Pick<Consumer, 'name' | 'waiting' | 'pausedBy' | 'deadLetters'>;

const linesOf = ({ consumers, queues }: RunningService): readonly Line[] => [
  ...consumers,
  ...queues,
];

const consumersOf = (services: readonly RunningService[], { subscription }: Asked) => {
  const all = services.flatMap(linesOf);
  if (subscription === undefined) return all;
  const found = all.filter(({ name }) => name === subscription);
  if (found.length > 0) return found;
  const names = all.map(({ name }) => name).join(', ');
  const text = `this host has no subscription ${subscription}; it has ${names || 'none'}`;
  throw new OffshootError('DEAD_LETTER_NOT_FOUND', text);
};

async function list(services: readonly RunningService[], asked: Asked): Promise<ListedDeadLetters> {
  const { fingerprint, key, limit } = asked;
  const chosen = consumersOf(services, asked);
  const subscriptions = services.flatMap((running) =>
    linesOf(running)
      .filter((one) => chosen.includes(one))
      .map(({ name, waiting, pausedBy }) => ({
        service: running.name,
        subscription: name,
        ...waiting,
        pausedBy,
      }))
      .filter(({ messages, pausedBy }) => messages > 0 || pausedBy !== ''),
  );
  if (fingerprint === undefined && key === undefined) {
    const groups = await Promise.all(chosen.map(({ deadLetters }) => deadLetters.groups()));
    return { subscriptions, groups: groups.flat().sort((a, b) => b.messages - a.messages) };
  }
  const query = {
    ...(fingerprint !== undefined && { fingerprint }),
    ...(key !== undefined && { key }),
    ...(limit !== undefined && { limit }),
  };
  const lists = await Promise.all(chosen.map(({ deadLetters }) => deadLetters.list(query)));
  return { subscriptions, messages: lists.flat().slice(0, limit) };
}

const messageOf = ({ message }: Asked): string => {
  if (typeof message === 'string' && message !== '') return message;
  throw new OffshootError('VALIDATION_FAILED', 'name a message by the id of its event');
};

/** The one subscription in which the message waits. */
async function shown(services: readonly RunningService[], asked: Asked) {
  const message = messageOf(asked);
  const found: { readonly consumer: Line; readonly story: DeadLetterStory }[] = [];
  for (const consumer of consumersOf(services, asked)) {
    const story = await consumer.deadLetters.show(message);
    if (story) found.push({ consumer, story });
  }
  const [first, ...others] = found;
  if (!first) throw new OffshootError('DEAD_LETTER_NOT_FOUND', `no message ${message} waits here`);
  if (others.length === 0) return { message, ...first };
  const names = found.map(({ consumer }) => consumer.name).join(', ');
  throw new OffshootError('VALIDATION_FAILED', `${message} waits in ${names}: say which`);
}

/** As `shown`; with a subscription named, also for a message that no longer waits in it. */
async function waitingFor(services: readonly RunningService[], asked: Asked) {
  if (asked.subscription === undefined) return shown(services, asked);
  const [consumer] = consumersOf(services, asked);
  return { message: messageOf(asked), consumer: consumer! };
}

function selectionOf({ message, key, fingerprint }: Asked): Selection {
  const given = [message, key, fingerprint].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new OffshootError('VALIDATION_FAILED', 'name a message, a key or a group to replay');
  if (message !== undefined) return { message };
  return key !== undefined ? { key } : { fingerprint: fingerprint! };
}

/** Every subscription is looked at first, so that a refusal leaves all as it was. */
async function replay(
  services: readonly RunningService[],
  asked: Asked,
  who: DecidedBy,
): Promise<Replayed> {
  const selection = selectionOf(asked);
  const chosen =
    'message' in selection
      ? [(await shown(services, asked)).consumer]
      : consumersOf(services, asked);
  const found: Line[] = [];
  const previews: Replay[] = [];
  for (const consumer of chosen) {
    const preview = await consumer.deadLetters.preview(selection).catch(unlessAbsent);
    if (!preview) continue;
    found.push(consumer);
    previews.push(preview);
  }
  if (found.length === 0) {
    const [what] = Object.values(selection);
    throw new OffshootError('DEAD_LETTER_NOT_FOUND', `nothing of '${what}' waits on this host`);
  }
  const dryRun = asked.dryRun === true;
  if (dryRun) return { dryRun, release: VERSION, replays: previews };
  const replays = await Promise.all(
    found.map(({ deadLetters }) => deadLetters.replay(selection, who)),
  );
  return { dryRun, release: VERSION, replays };
}

function unlessAbsent(thrown: unknown): undefined {
  if (thrown instanceof OffshootError && thrown.code === 'DEAD_LETTER_NOT_FOUND') return undefined;
  throw thrown;
}
