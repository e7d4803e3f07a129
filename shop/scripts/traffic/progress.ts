// How far is the run? Shown to people only.

export interface Progress {
  signedUp(count: number): void;
  start(): void;
  stop(): void;
}

export interface Standing {
  readonly orders: number;
  readonly acknowledged: number;
  readonly ended: number;
  readonly inFlight: number;
}

const EVERY_MS = 500;

/** One line on stderr that changes in place; nothing when stderr is no terminal. */
export function progress(standing: () => Standing): Progress {
  const { stderr } = process;
  const show = (text: string) => stderr.isTTY && stderr.write(`\r\x1b[K${text}`);
  let timer: NodeJS.Timeout | undefined;
  return {
    signedUp: (count) => void show(`${count} shoppers signed up`),
    start() {
      timer = setInterval(() => {
        const { orders, acknowledged, ended, inFlight } = standing();
        show(`${acknowledged} of ${orders} accepted, ${ended} ended, ${inFlight} in flight`);
      }, EVERY_MS);
    },
    stop() {
      if (timer) show('');
      clearInterval(timer);
      timer = undefined;
    },
  };
}
