// What keeps saying that a process lives while its thread is busy, and when must it stop?
import type { Outbound, OutboundReply } from './http.ts';

/** One request, sent over and over by something smaller than the thread that wants it sent. */
export interface Heartbeat {
  readonly request: Outbound;
  /** From one beat to the next, milliseconds. */
  readonly everyMs: number;
  /**
   * Beats stop while the thread has shown no sign of life for so long: it hangs, and nobody should
   * say otherwise in its name. They go on when it is back.
   */
  readonly stallMsMax: number;
  /** Told of each answer when the thread gets to it; a beat that had none is an error. */
  readonly onReply: (reply: Pick<OutboundReply, 'status' | 'body'> | Error) => void;
}
