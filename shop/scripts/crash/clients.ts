// Who asks, remembers every answer, and asks again with the same key after a crash?
import type { Asked, FromHarness, ToHarness } from './harness/protocol.ts';

export interface Request extends Asked {
  /** The first answer; undefined while nobody knows. */
  readonly answer: string | undefined;
}

export interface ClientsOptions {
  readonly draw: () => number;
  /** Requests without an answer, at most. */
  readonly inFlightMax: number;
}

export interface Clients {
  /** Sends what has no answer yet, and new requests as answers come, to this process. */
  serve(send: (message: ToHarness) => void): void;
  /** New requests are made no more; what is open is still asked. */
  rest(): void;
  hear(message: FromHarness): void;
  /** Makes a request that is sent nowhere. */
  request(): Request;
  /** Asks for all that was answered once more; a different answer is a contradiction. */
  askAgain(): void;
  /** From the first to the last. */
  readonly requests: readonly Request[];
  readonly open: number;
  /** Keys that got two different answers. */
  readonly contradictions: readonly string[];
  /** Refused because another process has taken over. */
  readonly fenced: number;
}

const ACCOUNTS = 5;
const AMOUNT_MAX = 500;
const TRANSFER_SHARE = 0.4;
const AGAIN_MS = 5;

interface Slot {
  request: Request;
  /** Its answer is awaited, for the first time or once more. */
  isAsked: boolean;
}

export function clients({ draw, inFlightMax }: ClientsOptions): Clients {
  const slots: Slot[] = [];
  const contradictions: string[] = [];
  const asked = new Set<number>();
  let send: (message: ToHarness) => void = () => {};
  let isResting = false;
  let fenced = 0;

  const made = (): Slot => {
    const number = slots.length;
    const operation = draw() < TRANSFER_SHARE ? 'transfer' : 'pay';
    const account = `account-${Math.floor(draw() * ACCOUNTS)}`;
    const amount = 1 + Math.floor(draw() * AMOUNT_MAX);
    const input = { id: `${operation}-${number}`, account, amount };
    const request: Request = { kind: 'ask', number, operation, input, answer: undefined };
    const slot = { request, isAsked: false };
    slots.push(slot);
    return slot;
  };
  const ask = ({ request: { kind, number, operation, input } }: Slot): void => {
    asked.add(number);
    send({ kind, number, operation, input });
  };
  const fill = (): void => {
    while (!isResting && asked.size < inFlightMax) ask(made());
  };

  const answered = (slot: Slot, text: string): void => {
    const { request } = slot;
    if (request.answer === undefined) slot.request = { ...request, answer: text };
    else if (request.answer !== text) contradictions.push(request.input.id);
    asked.delete(request.number);
    fill();
  };

  return {
    serve(to) {
      send = to;
      asked.clear();
      for (const slot of slots) if (slot.request.answer === undefined) ask(slot);
      fill();
    },
    rest() {
      isResting = true;
    },
    hear(message) {
      if (message.kind !== 'answer') return;
      const slot = slots[message.number];
      if (!slot) return;
      if (message.code === '') return answered(slot, message.text);
      if (message.code === 'FENCED') fenced += 1;
      const mine = send;
      setTimeout(() => mine === send && asked.has(message.number) && ask(slot), AGAIN_MS);
    },
    request: () => made().request,
    askAgain() {
      for (const slot of slots) ask(slot);
    },
    get requests() {
      return slots.map(({ request }) => request);
    },
    get open() {
      return asked.size;
    },
    contradictions,
    get fenced() {
      return fenced;
    },
  };
}
