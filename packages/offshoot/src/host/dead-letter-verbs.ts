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

/** Whose a subscription (or a queue) is: their names are a service's own. */
interface Owned {
  readonly service: string;
}

export interface WaitingSubscription extends Owned {
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
  readonly groups?: readonly (FailureGroup & Owned)[];
  /** Of a group or a key. */
  readonly messages?: readonly (DeadLetter & Owned)[];
}

export interface ShownDeadLetter extends DeadLetterStory, Owned {
  /** As its handler sees it: only where asked for with a reason. */
  readonly opened?: unknown;
}

export interface Replayed {
  readonly dryRun: boolean;
  /** Of the host, whose handlers it are. */
  readonly release: string;
  /** One for each subscription in which anything fits. */
  readonly replays: readonly (Replay & Owned)[];
}

interface Asked {
  /** @default every service of the host */
  readonly service?: string;
  /** @default every subscription and queue of those services */
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
      const { service, line, story } = await shown(services, asked);
      const event = { ...story.event, data: veil(story.event.data, keyring) };
      if (!asked.open) return { service, ...story, event };
      const opened = await line.deadLetters.open(messageOf(asked), who(asked));
      return { service, ...story, event, opened };
    },
    'dlq.replay': (asked: Asked) => replay(services, asked, who(asked)),
    'dlq.discard': (asked: Asked) => discard(services, asked, who(asked)),
  };
}

/** Where messages wait: a subscription, or a queue for items that no worker could do. */
interface Place extends Owned {
  readonly line: Pick<Consumer, 'name' | 'waiting' | 'pausedBy' | 'deadLetters'>;
}

function placesOf(services: readonly RunningService[], { service, subscription }: Asked): Place[] {
  const all = services.flatMap(({ name, consumers, queues }) =>
    [...consumers, ...queues].map((line) => ({ service: name, line })),
  );
  const found = all.filter(
    (one) =>
      (service === undefined || one.service === service) &&
      (subscription === undefined || one.line.name === subscription),
  );
  if (found.length > 0) return found;
  const names = all.map(nameOf).join(', ');
  const text = `this host has no such subscription; it has ${names || 'none'}`;
  throw new OffshootError('DEAD_LETTER_NOT_FOUND', text);
}

const nameOf = ({ service, line }: Place) => `${service} ${line.name}`;

/** What is asked of every place, each answer with whose it is. */
async function ofEach<T extends object>(
  places: readonly Place[],
  ask: (place: Place) => Promise<readonly T[]>,
): Promise<(T & Owned)[]> {
  const answers = await Promise.all(
    places.map(async (place) =>
      (await ask(place)).map((one) => ({ ...one, service: place.service })),
    ),
  );
  return answers.flat();
}

async function list(services: readonly RunningService[], asked: Asked): Promise<ListedDeadLetters> {
  const { fingerprint, key, limit } = asked;
  const places = placesOf(services, asked);
  const subscriptions = places
    .map(({ service, line: { name, waiting, pausedBy } }) => ({
      ...{ service, subscription: name, ...waiting, pausedBy },
    }))
    .filter(({ messages, pausedBy }) => messages > 0 || pausedBy !== '');
  if (fingerprint === undefined && key === undefined) {
    const groups = await ofEach(places, ({ line }) => line.deadLetters.groups());
    return { subscriptions, groups: groups.sort((a, b) => b.messages - a.messages) };
  }
  const query = {
    ...(fingerprint !== undefined && { fingerprint }),
    ...(key !== undefined && { key }),
    ...(limit !== undefined && { limit }),
  };
  const messages = await ofEach(places, ({ line }) => line.deadLetters.list(query));
  return { subscriptions, messages: messages.slice(0, limit) };
}

const messageOf = ({ message }: Asked): string => {
  if (typeof message === 'string' && message !== '') return message;
  throw new OffshootError('VALIDATION_FAILED', 'name a message by the id of its event');
};

const noMessage = (message: string) =>
  new OffshootError('DEAD_LETTER_NOT_FOUND', `no message ${message} waits on this host`);

/** The one place in which the message waits, undefined if there is none. */
async function found(services: readonly RunningService[], asked: Asked) {
  const message = messageOf(asked);
  const all: (Place & { readonly story: DeadLetterStory })[] = [];
  for (const place of placesOf(services, asked)) {
    const story = await place.line.deadLetters.show(message);
    if (story) all.push({ ...place, story });
  }
  if (all.length < 2) return all[0];
  const names = all.map(nameOf).join(', ');
  throw new OffshootError('VALIDATION_FAILED', `${message} waits in ${names}: say which`);
}

async function shown(services: readonly RunningService[], asked: Asked) {
  const one = await found(services, asked);
  if (!one) throw noMessage(messageOf(asked));
  return one;
}

/** One that no longer waits may have been discarded before: then that is said. */
async function discard(services: readonly RunningService[], asked: Asked, who: DecidedBy) {
  const message = messageOf(asked);
  const waiting = await found(services, asked);
  for (const { service, line } of waiting ? [waiting] : placesOf(services, asked)) {
    const discarded = await line.deadLetters.discard(message, who).catch(unlessAbsent);
    if (discarded !== undefined) return { service, subscription: line.name, message, discarded };
  }
  throw noMessage(message);
}

function selectionOf({ message, key, fingerprint }: Asked): Selection {
  const given = [message, key, fingerprint].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new OffshootError('VALIDATION_FAILED', 'name a message, a key or a group to replay');
  if (message !== undefined) return { message };
  return key !== undefined ? { key } : { fingerprint: fingerprint! };
}

/** Every place is looked at first, so that a refusal leaves all as it was. */
async function replay(
  services: readonly RunningService[],
  asked: Asked,
  who: DecidedBy,
): Promise<Replayed> {
  const selection = selectionOf(asked);
  const places =
    'message' in selection ? [await shown(services, asked)] : placesOf(services, asked);
  const fitting: Place[] = [];
  const previews = await ofEach(places, async (place) => {
    const preview = await place.line.deadLetters.preview(selection).catch(unlessAbsent);
    if (preview) fitting.push(place);
    return preview ? [preview] : [];
  });
  if (fitting.length === 0) {
    const [what] = Object.values(selection);
    throw new OffshootError('DEAD_LETTER_NOT_FOUND', `nothing of '${what}' waits on this host`);
  }
  const dryRun = asked.dryRun === true;
  if (dryRun) return { dryRun, release: VERSION, replays: previews };
  const replays = await ofEach(fitting, async ({ line }) => [
    await line.deadLetters.replay(selection, who),
  ]);
  return { dryRun, release: VERSION, replays };
}

function unlessAbsent(thrown: unknown): undefined {
  if (thrown instanceof OffshootError && thrown.code === 'DEAD_LETTER_NOT_FOUND') return undefined;
  throw thrown;
}
