// What happens next in a simulated world? A heap of tasks by time.
import type { Life } from './life.ts';

export interface Planned {
  at: number;
  /** Random: tasks of the same instant run in an order that the seed decides. */
  tie: number;
  readonly order: number;
  readonly task: () => void;
  /** Whose task it is: it does not run when this life is over. */
  readonly life: Life | undefined;
  cancelled: boolean;
}

const isBefore = (a: Planned, b: Planned): boolean =>
  a.at !== b.at ? a.at < b.at : a.tie !== b.tie ? a.tie < b.tie : a.order < b.order;

/** A binary heap; cancelled tasks are dropped when they come up. */
export class Agenda {
  readonly #heap: Planned[] = [];

  add(planned: Planned): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(planned);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent]!;
      if (!isBefore(planned, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = planned;
  }

  next(): Planned | undefined {
    for (let top = this.#pop(); top; top = this.#pop()) if (!top.cancelled) return top;
    return undefined;
  }

  #pop(): Planned | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    const size = heap.length;
    let at = 0;
    for (;;) {
      let least = 2 * at + 1;
      if (least >= size) break;
      if (least + 1 < size && isBefore(heap[least + 1]!, heap[least]!)) least += 1;
      const below = heap[least]!;
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = least;
    }
    heap[at] = last;
    return top;
  }
}
