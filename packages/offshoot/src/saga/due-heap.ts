// Who is due first? A binary heap (Williams, 1964) of ids by time; moved and removed ids are
// skipped when they come up.

interface Parked {
  readonly id: string;
  readonly group: string;
  readonly due: number;
}

export interface DueHeap {
  /** Puts an id in, or moves it to another time. */
  put(id: string, group: string, due: number): void;
  remove(id: string): void;
  /** When the first is due. */
  first(): number | undefined;
  /** Takes out all that are due at `now`, the earliest first. */
  take(now: number): Parked[];
  readonly size: number;
}

/** Beside those that count, so many that were moved or removed may lie in the heap. */
const STALE_MIN = 1_024;

export function dueHeap(): DueHeap {
  let heap: Parked[] = [];
  const current = new Map<string, Parked>();

  const rise = (at: number): void => {
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (heap[above]!.due <= heap[at]!.due) return;
      [heap[above], heap[at]] = [heap[at]!, heap[above]!];
      at = above;
    }
  };

  const sink = (at: number): void => {
    for (;;) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < heap.length && heap[below]!.due < heap[least]!.due) least = below;
      if (least === at) return;
      [heap[least], heap[at]] = [heap[at]!, heap[least]!];
      at = least;
    }
  };

  const drop = (): void => {
    const last = heap.pop()!;
    if (heap.length === 0) return;
    heap[0] = last;
    sink(0);
  };

  /** The first that was not moved or removed since it was put in. */
  const top = (): Parked | undefined => {
    while (heap[0] && current.get(heap[0].id) !== heap[0]) drop();
    return heap[0];
  };

  return {
    put(id, group, due) {
      const parked = { id, group, due };
      current.set(id, parked);
      heap.push(parked);
      rise(heap.length - 1);
      // In order of time an array is a heap.
      if (heap.length > 2 * current.size + STALE_MIN)
        heap = [...current.values()].sort((a, b) => a.due - b.due);
    },
    remove: (id) => void current.delete(id),
    first: () => top()?.due,
    take(now) {
      const taken: Parked[] = [];
      for (let first = top(); first && first.due <= now; first = top()) {
        current.delete(first.id);
        drop();
        taken.push(first);
      }
      return taken;
    },
    get size() {
      return current.size;
    },
  };
}
