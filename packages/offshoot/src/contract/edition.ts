// How does one version of an operation make way for the next?
import { badDefinition } from '../error/index.ts';
import { fromIsoTime } from '../runtime/index.ts';

export interface Deprecation {
  /** Since when, or from when on: an ISO 8601 date. */
  readonly at: string;
  /** The day it may be gone. @default not said */
  readonly sunset?: string;
  /** Path of what to use instead. @default not said */
  readonly successor?: string;
  /** Where a person reads about it. @default not said */
  readonly info?: string;
}

/** Throws BAD_DEFINITION for dates that are none, and for a sunset before the deprecation. */
export function checkDeprecation(where: string, deprecated: Deprecation | undefined): void {
  if (!deprecated) return;
  const { at, sunset } = deprecated;
  const from = fromIsoTime(at);
  const until = sunset === undefined ? from : fromIsoTime(sunset);
  // RFC 9745: a sunset is not earlier. NaN is not later than anything.
  if (!(until >= from)) badDefinition(`${where}: deprecated at ${at} and gone at ${sunset}?`);
}
