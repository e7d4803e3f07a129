// What does a limiter remember of its keys when strangers can make up any number of them?
import { badDefinition } from '../error/index.ts';
import type { Quota } from './quota.ts';

/** Keys looked at to make room for a new one. */
const LOOKS_MAX = 8;
const CROWD = '\u0000';

/** Cells by key, at most `keysMax` and one more for each quota of the crowd. */
export class Crowded<Cell> {
  readonly #cells = new Map<string, Cell>();
  readonly #keysMax: number;
  readonly #isInUse: (cell: Cell, nowMs: number) => boolean;

  /** `isInUse`: whether the cell says more than none at all would. */
  constructor(keysMax: number, isInUse: (cell: Cell, nowMs: number) => boolean) {
    if (!(keysMax >= 1)) badDefinition('a limiter needs room for at least one key');
    this.#keysMax = keysMax;
    this.#isInUse = isInUse;
  }

  get size(): number {
    return this.#cells.size;
  }

  /** The key to count under: the one asked for, or the one that those without room share. */
  keyFor(asked: string, { max, windowMs }: Quota, nowMs: number): string {
    return this.#cells.has(asked) || this.#hasRoom(nowMs) ? asked : `${CROWD}${max}/${windowMs}`;
  }

  get(key: string): Cell | undefined {
    return this.#cells.get(key);
  }

  set(key: string, cell: Cell): void {
    this.#cells.set(key, cell);
  }

  #hasRoom(nowMs: number): boolean {
    const cells = this.#cells;
    let looks = 0;
    for (const [key, cell] of cells) {
      if (cells.size < this.#keysMax || looks >= LOOKS_MAX) break;
      looks += 1;
      cells.delete(key);
      // One in use goes to the end of the line, so that the next look meets another.
      if (this.#isInUse(cell, nowMs)) cells.set(key, cell);
    }
    return cells.size < this.#keysMax;
  }
}
