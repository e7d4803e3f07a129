// How is what a host opened closed again, whatever happens in between?

/** What was opened, closed in the opposite order. */
export interface Closer {
  add(close: () => Promise<void>): void;
  close(): Promise<void>;
}

export function closer(): Closer {
  const open: (() => Promise<void>)[] = [];
  return {
    add: (close) => void open.push(close),
    async close() {
      for (let last = open.pop(); last; last = open.pop()) await last().catch(() => {});
    },
  };
}
