// What stands between an attacker and who is to be protected, seen from both its ends?

/** A request as the far end got it; one character a byte. */
export interface SeenRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

/** What came out of a gateway. */
export interface Came {
  /** What the gateway took for a request, in order. */
  readonly read: readonly SeenRequest[];
  /** What it let go further; where it cannot be told apart from `read`, the same. */
  readonly reached: readonly SeenRequest[];
  /** What of it is ambiguous, or no HTTP at all. */
  readonly faults: readonly string[];
  /** What of it says who asks though only the attacker said so. */
  readonly spoofed: readonly string[];
  /** Failures that the gateway itself tells of. */
  readonly crashes: readonly string[];
}

/** One gateway with one far end, attacked by one connection at a time. */
export interface Lane {
  readonly port: number;
  /** Whether it reads bodies and queries; else it carries them. */
  readonly readsContent: boolean;
  /** What came since it was last asked, once nothing of it is still on its way. */
  take(): Promise<Came>;
  /** Answers every request with these bytes until told otherwise; absent where nobody can. */
  answerWith?(bytes: string | undefined): void;
}

export interface Target {
  readonly name: string;
  readonly lanes: readonly Lane[];
  /** What opens `/api/v1/secrets` at this moment. */
  tokens(): TokenMint;
  close(): Promise<void>;
}

/** What an attacker on tokens has in hand: more than he should. */
export interface TokenMint {
  /** One that is believed. */
  readonly good: string;
  /** Whether a list of audiences that has the right one is believed, RFC 7519, 4.1.3. */
  readonly takesAudienceLists: boolean;
  readonly material: {
    /** Seconds since 1970, by the clock of the target. */
    readonly now: number;
    /** The public key, `x` of an Ed25519 JWK. */
    readonly x: string;
    /** Signs as the issuer does. */
    readonly sign: (data: string) => Uint8Array;
  };
}

/** What only an attacker writes. */
export const CANARY = 'attacker';
/** Anybody may GET and POST here. */
export const OPEN_PATH = '/api/v1/things';
/** Only who has a token may GET here. */
export const GUARDED_PATH = '/api/v1/secrets';
