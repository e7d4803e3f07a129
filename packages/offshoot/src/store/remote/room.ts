// How much room is left in an answer, and how much of a page of the log fits it?
import { OffshootError } from '../../error/index.ts';
import type { FactPage, LogPage } from '../store.ts';
import { EXCHANGE_CHARS_MAX } from './wire.ts';

/** The characters of one answer. */
export interface Room {
  /** Whether there was so much left; then it is taken. Throws for what no answer holds. */
  take(chars: number): boolean;
}

export function room(): Room {
  let left = EXCHANGE_CHARS_MAX;
  return {
    take(chars) {
      if (chars > EXCHANGE_CHARS_MAX) throw tooMuch(chars);
      if (chars > left) return false;
      left -= chars;
      return true;
    },
  };
}

/**
 * The page as an outcome, cut behind its last entry that there is room for; `upto` says so, and
 * readers go on from it. Undefined when there is no room for the first.
 */
export function pageText(page: LogPage | FactPage, left: Room): string | undefined {
  const name = 'entries' in page ? 'entries' : 'facts';
  const all = 'entries' in page ? page.entries : page.facts;
  const texts: string[] = [];
  for (const one of all) {
    const text = JSON.stringify(one);
    if (!left.take(text.length)) break;
    texts.push(text);
  }
  if (all.length > 0 && texts.length === 0) return undefined;
  const last = all[texts.length - 1];
  const isCut = last !== undefined && texts.length < all.length;
  const upto = isCut ? { epoch: last.epoch, seq: last.seq } : page.upto;
  return `{"page":{"${name}":[${texts.join(',')}],"upto":${JSON.stringify(upto)}}}`;
}

function tooMuch(chars: number): OffshootError {
  const message = `what was asked for has ${chars} characters, an answer at most ${EXCHANGE_CHARS_MAX}: ask for less at once`;
  return new OffshootError('BODY_TOO_LARGE', message);
}
