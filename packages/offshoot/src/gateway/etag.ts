// Has the caller seen this already, or changed what somebody else changed before? RFC 9110, 8.8 and 13.
import type { Operation } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { Cryptography } from '../runtime/index.ts';

const TAG_LENGTH = 22;
const HEADER_LENGTH_MAX = 2_000;
const TAG = /^(W\/)?"([\x21\x23-\x7e]*)"$/;

interface Tag {
  readonly isWeak: boolean;
  readonly text: string;
}

/**
 * The strong tag of an answer to a GET: the field that the contract names, else a hash of the
 * bytes. Undefined for everything else.
 */
export function etagOf(
  { method, status, spec }: Operation<any, any, any, any>,
  value: unknown,
  body: string,
  cryptography: Cryptography,
): string | undefined {
  if (method !== 'GET' || status !== 200) return undefined;
  const named = spec.etag && (value as Record<string, unknown> | undefined)?.[spec.etag];
  if (named !== undefined) return `"${named}"`;
  const hash = Buffer.from(cryptography.sha256(body)).toString('base64url');
  return `"${hash.slice(0, TAG_LENGTH)}"`;
}

function tagsOf(header: string): Tag[] | undefined {
  if (header.length > HEADER_LENGTH_MAX) return undefined;
  const found = header.split(',').map((one) => TAG.exec(one.trim()));
  if (found.some((one) => !one)) return undefined;
  return found.map((one) => ({ isWeak: one?.[1] !== undefined, text: one?.[2] ?? '' }));
}

/** Whether an If-None-Match names this tag, weakly compared. One that is no tag names nothing. */
export function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return (tagsOf(header) ?? []).some(({ text }) => `"${text}"` === etag);
}

/**
 * The tags of an If-Match, without their quotes; `*` stands for whatever there is. A weak one can
 * never match and is left out. Throws PRECONDITION_REQUIRED without a header, VALIDATION_FAILED
 * for one that is none.
 */
export function ifMatchTags(header: string | undefined): readonly string[] {
  if (header === undefined) {
    const message = 'send If-Match with the ETag of what you read, so that no change is lost';
    throw new OffshootError('PRECONDITION_REQUIRED', message);
  }
  if (header.trim() === '*') return ['*'];
  const tags = tagsOf(header);
  if (tags) return tags.filter(({ isWeak }) => !isWeak).map(({ text }) => text);
  const message = 'If-Match is one or more ETags in their quotes, or *';
  const errors = [{ detail: message, pointer: '#/headers/if-match' }];
  throw new OffshootError('VALIDATION_FAILED', message, { details: { errors } });
}
