// What is one life of a host? What it planned dies with it.

export interface Life {
  readonly host: string;
  /** Whose wall clock it reads: processes of one machine have one. */
  readonly clock: string;
  alive: boolean;
  /** Simulated time until which the host stands still; nothing of it runs before. */
  pausedUntil: number;
  /** Whether its present pause has held anything up yet. */
  pauseSeen: boolean;
  /** Whether its present pause has cost it a lease. */
  pauseCost: boolean;
  /** Whether it is still reading what it had known before. */
  recalling: boolean;
  /** Messages that have arrived at it. */
  arrivals: number;
  /** Ends this life. Absent where nothing ever dies: a client, the outside world. */
  readonly crash?: () => void;
}

/** A life that begins now. */
export const life = (host: string, crash?: () => void, clock = host): Life => ({
  host,
  clock,
  alive: true,
  pausedUntil: 0,
  pauseSeen: false,
  pauseCost: false,
  recalling: false,
  arrivals: 0,
  ...(crash && { crash }),
});
