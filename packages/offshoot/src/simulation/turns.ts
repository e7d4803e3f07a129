// How does the world wait until every promise that can move has moved?

const later = setImmediate;
const AHEAD = 128;

/**
 * Runs `step` until it answers false. Between two steps every microtask runs: Node drains them
 * between two immediates. Many are planned ahead, so that the event loop is not gone round (and
 * the operating system not asked for sockets that nobody has) for each of them.
 */
export function turns(step: () => boolean): Promise<void> {
  /** None when all is over: what is still planned must not keep a whole world in memory. */
  let run: (() => boolean) | undefined = step;
  return new Promise((resolve, reject) => {
    let planned = 0;
    const one = (): void => {
      planned -= 1;
      if (!run) return;
      try {
        if (run()) {
          if (planned === 0) plan();
          return;
        }
        resolve();
      } catch (error) {
        reject(error);
      }
      run = undefined;
    };
    const plan = (): void => {
      for (; planned < AHEAD; planned += 1) later(one);
    };
    plan();
  });
}
