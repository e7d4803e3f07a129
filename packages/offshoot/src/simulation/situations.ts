// Which rare situations has a world been in? The reach of the generator is itself tested.

/**
 * Situations in which systems like this one have had bugs. A generator that never gets there
 * proves nothing about them, however many faults it counts.
 */
export const SITUATIONS = [
  /** A message arrived after the longest patience of any saga. */
  'message-held-beyond-a-saga',
  /** While a flush was on its way, more arrived at the same host. */
  'flush-slower-than-a-delivery',
  /** A flush failed that two or more units shared. */
  'failed-flush-with-successors',
  /** Three events of one key were published while the first was on its way. */
  'three-events-within-one-delay',
  /** A host stood still longer than any lease lasts. */
  'pause-longer-than-a-lease',
  /** A host died while it read what it had known. */
  'crash-during-recall',
  /** The wall clock of a host went back beyond something that it had planned. */
  'clock-went-back',
] as const;
export type Situation = (typeof SITUATIONS)[number];

export type SituationCounts = Record<Situation, number>;
export const noSituations = (): SituationCounts =>
  Object.fromEntries(SITUATIONS.map((name) => [name, 0])) as SituationCounts;
