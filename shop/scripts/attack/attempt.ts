// What happens to one attack? It is sent, then somebody harmless asks, and both are judged.
import { readAnswers } from './answers.ts';
import type { Attack } from './corpus.ts';
import { type Complaint, judge, unseen } from './judge.ts';
import { type Lane, OPEN_PATH, type SeenRequest } from './lane.ts';
import { exchange } from './raw-client.ts';
import { type ReadRequest, readRequests } from './strict-reader.ts';

export interface Attempt {
  readonly complaints: readonly Complaint[];
  /** Whether anything went further. */
  readonly hasReached: boolean;
  /** How many requests were sent, those in doubt counted as one. */
  readonly requests: number;
}

export interface AttemptOptions {
  /** Places at which the bytes are cut into packets. @default nowhere */
  readonly cuts?: readonly number[];
  /** Whether somebody harmless asks afterwards. @default true */
  readonly isProbed?: boolean;
}

/** Attacks by one lane, one after the other. */
export interface Attacker {
  attempt(attack: Attack, number: number, more?: AttemptOptions): Promise<Attempt>;
}

/** How many attacks later the far end may still hear of one. */
const LATE_MAX = 4;

const isWithout = (owed: readonly ReadRequest[], one: SeenRequest) =>
  !owed.some(({ method, target, body }) => {
    return method === one.method && target === one.target && body === one.body;
  });

export function attacker(lane: Lane): Attacker {
  /** Sent with the attacks just before and cut off: of such the far end may hear late. */
  let cutOff: readonly (readonly ReadRequest[])[] = [];

  /** The one who comes next must get what he asked for, whoever was here before. */
  const probe = async (number: number): Promise<Complaint[]> => {
    const target = `${OPEN_PATH}?harmless=${number}`;
    const bytes = `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    const { answer, end } = await exchange(lane.port, { bytes });
    const came = await lane.take();
    const { answers, fault } = readAnswers(answer, ['GET']);
    const [only] = answers;
    if (end === 'refused' || end === 'stuck' || (only && only.status >= 500))
      return [{ kind: 'crashed', what: `who came next was told ${only?.status ?? end}` }];
    const strangers = came.read.filter(
      (one) => one.target !== target && isWithout(cutOff.flat(), one),
    );
    const isSeen = came.read.some((one) => one.target === target);
    const isWell = fault === '' && answers.length === 1 && only?.status === 200;
    if (isSeen && strangers.length === 0 && isWell && only.body.includes(target)) return [];
    const seen = came.read.map((one) => one.target).join(' ');
    const told = `${only?.status} ${fault} ${only?.body.slice(0, 80)}`;
    return [{ kind: 'desync', what: `who came next was told ${told}; far end: ${seen}` }];
  };

  return {
    async attempt(attack, number, { cuts = [], isProbed = true } = {}) {
      const closing = `${OPEN_PATH}?closing=${number}`;
      const bytes = `${attack.bytes}GET ${closing} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
      const reading = readRequests(bytes);
      const methods = reading.requests.map(({ method }) => method);
      const isOpen = reading.end === 'partial' || reading.end === 'clean';
      const isAnswerHostile = attack.answer !== undefined;
      const must = attack.isOfContent && !lane.readsContent ? 'either' : attack.must;

      lane.answerWith?.(attack.answer);
      const sending = { bytes, cuts, ...(isOpen && { endAfter: { methods } }) };
      const told = await exchange(lane.port, sending);
      const came = await lane.take();
      lane.answerWith?.(undefined);

      const owed = cutOff.flat();
      const about = { must, reaches: attack.reaches, reading, closing, owed };
      const trial = { ...about, exchange: told, came, isAnswerHostile };
      const wrong = judge(trial);
      cutOff = [...cutOff, unseen(trial)].slice(-LATE_MAX);
      const complaints = [...wrong, ...(isProbed ? await probe(number) : [])];
      const requests = reading.requests.length + (reading.end === 'broken' ? 1 : 0);
      const hasReached = came.reached.some(({ target }) => target !== closing);
      return { complaints, hasReached, requests };
    },
  };
}
