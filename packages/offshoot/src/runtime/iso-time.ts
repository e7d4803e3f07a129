// How is an instant written and read? Pure: the clock is asked elsewhere.

/** Milliseconds since 1970 as RFC 3339 in UTC: `2026-11-21T14:12:46.000Z`. */
export function isoTime(at: number): string {
  return new Date(at).toISOString();
}

/** Milliseconds since 1970 as HTTP writes them, to the second: `Sat, 21 Nov 2026 14:12:46 GMT`. */
export function httpDate(at: number): string {
  return new Date(at).toUTCString();
}

/** The milliseconds since 1970 of an RFC 3339 text; NaN when it is none. */
export function fromIsoTime(text: string): number {
  return Date.parse(text);
}
