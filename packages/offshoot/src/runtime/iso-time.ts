// How is an instant written and read? Pure: the clock is asked elsewhere.

// Many events share a millisecond: the last one written, and the last one read, are remembered.
let written = { at: Number.NaN, text: '' };
let read = { text: '', at: Number.NaN };

/** Milliseconds since 1970 as RFC 3339 in UTC: `2026-11-21T14:12:46.000Z`. */
export function isoTime(at: number): string {
  if (at !== written.at) written = { at, text: new Date(at).toISOString() };
  return written.text;
}

/** Milliseconds since 1970 as HTTP writes them, to the second: `Sat, 21 Nov 2026 14:12:46 GMT`. */
export function httpDate(at: number): string {
  return new Date(at).toUTCString();
}

/** The milliseconds since 1970 of an RFC 3339 text; NaN when it is none. */
export function fromIsoTime(text: string): number {
  if (text !== read.text) read = { text, at: Date.parse(text) };
  return read.at;
}
