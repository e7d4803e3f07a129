// What happens next in a simulated world? A heap of tasks by time.

export interface Planned {
  readonly at: number;
  /** Random: tasks of the same instant run in an order that the seed decides. */
  readonly tie: number;
  readonly order: number;
  readonly task: () => void;
  cancelled: boolean;
}

const isBefore = (a: Planned, b: Planned): boolean =>
  a.at !== b.at ? a.at < b.at : a.tie !== b.tie ? a.tie < b.tie : a.order < b.order;

/** A binary heap; cancelled tasks are dropped when they come up. */
export class Agenda {
  readonly #heap: Planned[] = [];

  add(planned: Planned): void {
    const heap = this.#heap;
    let at = heap.push(planned) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at]!, heap[parent]!)) break;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
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
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      let least = at;
      if (left < heap.length && isBefore(heap[left]!, heap[least]!)) least = left;
      if (left + 1 < heap.length && isBefore(heap[left + 1]!, heap[least]!)) least = left + 1;
      if (least === at) return top;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }
}
