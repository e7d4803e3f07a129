// Which wanted bugs are not planted, and why would that say nothing?

/** By name. */
export const UNPLANTED: Readonly<Record<string, string>> = {};
