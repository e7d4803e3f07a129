// What can a person do about the messages that wait?
import { OffshootError } from '../error/index.ts';
import {
  type Append,
  append,
  type Document,
  type DocumentChange,
  eachWhere,
  many,
  one,
  privateEvent,
  put,
  remove,
  runUnit,
  type Stamp,
  type StoredEvent,
  streamOf,
  type UnitContext,
  where,
} from '../store/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import {
  type DeadLetter,
  type FailureGroup,
  groupsOf,
  type Lane,
  letterOf,
} from './dead-letter.ts';
import type { Envelope } from './envelope.ts';
import { laneOf, type Waiting, waiting } from './inbox.ts';
import { incoming } from './incoming.ts';
import { named, planOf, type Replay, type Selection, selected } from './replay.ts';
import type { WaitingLine } from './retries.ts';
import { handlerFor, type Subscription } from './subscription.ts';

/** Who decided, and why: both are written in the log. */
export interface DecidedBy {
  /** `user:<id>` */
  readonly by: string;
  readonly why: string;
}

export interface DeadLetterQuery {
  readonly fingerprint?: string;
  readonly key?: string;
  /** @default 100, at most 1,000 */
  readonly limit?: number;
}

export interface DeadLetterStory extends DeadLetter {
  /** As it came, personal fields sealed. */
  readonly event: Envelope;
  /** Who did what with it, and why; oldest first. */
  readonly history: readonly StoredEvent[];
}

export interface DeadLetters {
  /** The largest first. */
  groups(): Promise<FailureGroup[]>;
  /** By key, in order within a key. */
  list(query?: DeadLetterQuery): Promise<readonly DeadLetter[]>;
  /** Undefined when no message of this id waits. */
  show(message: string): Promise<DeadLetterStory | undefined>;
  /** What it says, as its handler sees it. That somebody looked is durable first. */
  open(message: string, who: DecidedBy): Promise<unknown>;
  /** What `replay` would do. Changes nothing. */
  preview(selection: Selection): Promise<Replay>;
  /**
   * Lets failed messages be tried again, keys side by side and each key in order: durable when it
   * resolves, through a crash. What fails again is parked again, its attempts counted on. A repeat
   * changes nothing while they are being tried.
   */
  replay(selection: Selection, who: DecidedBy): Promise<Replay>;
  /**
   * Gives a message up: it never has an effect, and those behind it go on. True when it waited,
   * false when it had been discarded before.
   */
  discard(message: string, who: DecidedBy): Promise<boolean>;
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;
const CHUNK = 100;

const streamFor = (subscription: string, message: string) =>
  `dead-letter/${subscription}/${message}`;

/** What a person did with a message, as an entry of its own stream. */
function note(what: string, letter: DeadLetter, { by, why }: DecidedBy): Append {
  const { since: _since, triedAt: _triedAt, correlation: _correlation, ...about } = letter;
  const entry = privateEvent(`dead_letter.${what}`, { ...about, by, why }, letter.key);
  return append(streamFor(letter.subscription, letter.message), [entry]);
}

function checkReason({ why }: DecidedBy): void {
  if (why.trim() !== '') return;
  throw new OffshootError('VALIDATION_FAILED', 'say why: the reason is written in the log');
}

/**
 * `open`, `preview`, `replay` and `discard` throw DEAD_LETTER_NOT_FOUND; to replay a message that
 * stands behind another is PRECONDITION_FAILED; to open or discard without a reason is
 * VALIDATION_FAILED.
 */
export function deadLetters(
  subscription: Pick<Subscription, 'name' | 'handlers'>,
  context: UnitContext & Pick<ConsumerContext, 'logger' | 'sealer' | 'stamp'>,
  line: Pick<WaitingLine, 'look'>,
): DeadLetters {
  const { name } = subscription;
  const { runtime, logger, sealer } = context;

  const absent = (what: string) =>
    new OffshootError('DEAD_LETTER_NOT_FOUND', `nothing of ${name} waits: ${what}`);

  const stampOf = (letter: DeadLetter, { by }: DecidedBy): Stamp => {
    const { correlation, message: causation } = letter;
    return { ...context.stamp({ correlation, causation, traceparent: '' }), actor: by };
  };

  /** Without payloads: at most `waitingMax`. */
  const lanesWhere = async (
    field: 'subscription' | 'lane' | 'fingerprint',
    value: string,
  ): Promise<Lane[]> => {
    const lanes = new Map<string, [DeadLetter, ...DeadLetter[]]>();
    await eachWhere(context, waiting, field, value, ({ data }) => {
      const letter = letterOf(data);
      const lane = lanes.get(letter.key);
      if (lane) lane.push(letter);
      else lanes.set(letter.key, [letter]);
    });
    return [...lanes.values()];
  };

  const found = async (message: string): Promise<Document<Waiting> | undefined> => {
    const needs = () => ({ rows: where(waiting, 'message', message) });
    const { value: rows } = await runUnit(context, needs, (loaded) => ({ value: loaded.rows }));
    return rows.find(({ data }) => data.subscription === name);
  };

  const lanesOf = async (selection: Selection): Promise<readonly Lane[]> => {
    const all =
      'key' in selection
        ? await lanesWhere('lane', laneOf(name, selection.key))
        : await lanesWhere('subscription', name);
    const lanes = selected(all, selection);
    if (lanes.length === 0) throw absent(named(selection));
    return lanes;
  };

  /** Due now: the line tries them within a moment, or after a restart. */
  const release = async (heads: readonly DeadLetter[], who: DecidedBy): Promise<void> => {
    const rows = await Promise.all(heads.map(({ message }) => found(message)));
    const ids = rows.flatMap((row) => row?.id ?? []);
    const needs = () => ({ held: many(waiting, ids) });
    await runUnit(context, needs, ({ held }) => {
      const due = runtime.now();
      const appends: Append[] = [];
      const documents: DocumentChange[] = [];
      for (const row of held) {
        if (!row || (row.data.state === 'waiting' && row.data.due <= due)) continue;
        const { id, data, revision } = row;
        documents.push(put(waiting, id, { ...data, state: 'waiting', due }, revision));
        appends.push(note('replayed', letterOf(data), who));
      }
      if (appends.length === 0) return { value: undefined };
      const stamp = stampOf(heads[0]!, who);
      return { change: { appends, documents, stamp }, value: undefined };
    });
    for (const { key } of heads) await line.look(key);
  };

  return {
    groups: async () => groupsOf(await lanesWhere('subscription', name)),
    async list({ fingerprint, key, limit = LIMIT_DEFAULT } = {}) {
      const lanes =
        key !== undefined
          ? await lanesWhere('lane', laneOf(name, key))
          : fingerprint !== undefined
            ? await lanesWhere('fingerprint', fingerprint)
            : await lanesWhere('subscription', name);
      const letters = lanes.flat().filter((one) => one.subscription === name);
      return letters
        .filter((one) => fingerprint === undefined || one.fingerprint === fingerprint)
        .slice(0, Math.max(1, Math.min(limit, LIMIT_MAX)));
    },
    async show(message) {
      const row = await found(message);
      if (!row) return undefined;
      const needs = () => ({ notes: streamOf(streamFor(name, message)) });
      const { value } = await runUnit(context, needs, ({ notes }) => ({ value: notes.events }));
      return { ...letterOf(row.data), event: row.data.event, history: value };
    },
    async open(message, who) {
      checkReason(who);
      const row = await found(message);
      if (!row) throw absent(named({ message }));
      const { event } = row.data;
      const letter = letterOf(row.data);
      const appends = [note('opened', letter, who)];
      const change = { appends, documents: [], stamp: stampOf(letter, who) };
      await runUnit(
        context,
        () => ({}),
        () => ({ change, value: undefined }),
      );
      const handler = handlerFor(subscription, event.type);
      return handler
        ? incoming(event, handler.event, sealer).data
        : sealer.open(event.data, event.id);
    },
    preview: async (selection) => planOf(subscription, await lanesOf(selection)),
    async replay(selection, who) {
      const lanes = await lanesOf(selection);
      for (let at = 0; at < lanes.length; at += CHUNK)
        await release(
          lanes.slice(at, at + CHUNK).map(([head]) => head),
          who,
        );
      const { by, why } = who;
      logger.warn('dead letters replayed', { subscription: name, messages: lanes.length, by, why });
      return planOf(subscription, lanes);
    },
    async discard(message, who) {
      checkReason(who);
      const row = await found(message);
      const needs = () => ({
        held: one(waiting, row?.id ?? ''),
        notes: streamOf(streamFor(name, message)),
      });
      const { value: letter } = await runUnit(context, needs, ({ held, notes }) => {
        if (!held) {
          if (notes.events.some(({ type }) => type === 'dead_letter.discarded'))
            return { value: undefined };
          throw absent(named({ message }));
        }
        const gone = letterOf(held.data);
        const documents = [remove(waiting, held.id, held.revision)];
        const change = {
          ...{ appends: [note('discarded', gone, who)], documents, stamp: stampOf(gone, who) },
        };
        return { change, value: gone };
      });
      if (!letter) return false;
      await line.look(letter.key, 1);
      const { by, why } = who;
      logger.warn('dead letter discarded', { subscription: name, message, by, why });
      return true;
    },
  };
}
