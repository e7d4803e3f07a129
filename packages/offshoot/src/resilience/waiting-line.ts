// Who waits for room, and who is next?

/** One who waits: it is its own place in the line. */
export interface Waiting {
  readonly sinceMs: number;
  /** After this it is of no use to anybody. */
  readonly untilMs: number;
  /** True: there is room. False: it is shed. */
  readonly tell: (isIn: boolean) => void;
  older: Waiting | undefined;
  newer: Waiting | undefined;
}

/** A line that can be served from both ends. */
export class WaitingLine {
  oldest: Waiting | undefined;
  newest: Waiting | undefined;
  size = 0;
  /** Since when somebody has been waiting here all the time. */
  busySinceMs: number | undefined;

  push(one: Waiting): void {
    this.busySinceMs ??= one.sinceMs;
    one.older = this.newest;
    if (this.newest) this.newest.newer = one;
    else this.oldest = one;
    this.newest = one;
    this.size += 1;
  }

  remove(one: Waiting): void {
    if (one.older) one.older.newer = one.newer;
    else this.oldest = one.newer;
    if (one.newer) one.newer.older = one.older;
    else this.newest = one.older;
    one.older = undefined;
    one.newer = undefined;
    this.size -= 1;
    if (this.size === 0) this.busySinceMs = undefined;
  }
}
