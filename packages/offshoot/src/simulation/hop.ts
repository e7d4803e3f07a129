// How does the world wait until every promise that can move has moved?

const later = setImmediate;

/** One turn of the real event loop: all microtasks run before it resolves. */
export function hop(): Promise<void> {
  return new Promise((resolve) => {
    later(resolve);
  });
}
