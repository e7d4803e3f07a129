// How many of the calls of the last seconds were of one kind?

const PARTS = 10;

/**
 * Counts calls, and hits among them, over the last `windowMs`, in ten parts: what is older than the
 * window is forgotten a tenth at a time. The clock is the caller's, and only grows.
 *
 * @example
 * const failures = new RateWindow(10_000);
 * failures.add(0, 1, 1);
 * failures.add(10, 3, 0);
 * failures.hits / failures.calls; // 0.25
 */
export class RateWindow {
  calls = 0;
  hits = 0;
  readonly #partMs: number;
  readonly #calls = new Float64Array(PARTS);
  readonly #hits = new Float64Array(PARTS);
  #part = 0;
  #place = 0;
  #untilMs: number;

  constructor(windowMs: number) {
    this.#partMs = windowMs / PARTS;
    this.#untilMs = this.#partMs;
  }

  add(nowMs: number, calls: number, hits: number): void {
    if (nowMs >= this.#untilMs) this.#pass(nowMs);
    this.#calls[this.#place]! += calls;
    this.#hits[this.#place]! += hits;
    this.calls += calls;
    this.hits += hits;
  }

  /** Forgets what is older than the window. */
  look(nowMs: number): this {
    if (nowMs >= this.#untilMs) this.#pass(nowMs);
    return this;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#hits.fill(0);
    this.calls = 0;
    this.hits = 0;
  }

  #pass(nowMs: number): void {
    const part = Math.floor(nowMs / this.#partMs);
    if (part - this.#part >= PARTS) this.clear();
    else
      for (let passed = this.#part + 1; passed <= part; passed += 1) {
        const place = passed % PARTS;
        this.calls -= this.#calls[place]!;
        this.hits -= this.#hits[place]!;
        this.#calls[place] = 0;
        this.#hits[place] = 0;
      }
    this.#part = part;
    this.#place = part % PARTS;
    this.#untilMs = (part + 1) * this.#partMs;
  }
}
