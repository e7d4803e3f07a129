// How does housekeeping get done a while after there is some, and cost nothing while there is none?
import type { Runtime } from '../runtime/index.ts';

export interface Chore {
  /** There is something to do: it is done a while later, together with what comes until then. */
  wake(): void;
  stop(): void;
}

/**
 * Runs `task` about `ms` after `wake`, and again for as long as it answers that there is more or
 * somebody woke it meanwhile. A task that fails is told to `failed`, and tried again.
 */
export function chore(
  runtime: Pick<Runtime, 'after' | 'random'>,
  ms: number,
  task: () => Promise<boolean>,
  failed: (error: unknown) => void,
): Chore {
  let isAwake = false;
  let isAsked = false;
  let stopped = false;
  let cancel = (): void => {};
  const run = async (): Promise<void> => {
    isAsked = false;
    const more = await task().catch((error: unknown) => {
      failed(error);
      return true;
    });
    if (stopped) return;
    if (more || isAsked) plan();
    else isAwake = false;
  };
  const plan = (): void => {
    cancel = runtime.after(ms * (0.75 + runtime.random() / 2), () => void run());
  };
  return {
    wake() {
      isAsked = true;
      if (isAwake || stopped) return;
      isAwake = true;
      plan();
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
