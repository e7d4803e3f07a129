// Which wanted bugs are not planted, and why would that say nothing?

/** By name. */
export const UNPLANTED: Readonly<Record<string, string>> = {
  'refunded by another name':
    'the provider gives back no more than it took, whatever the key, and a refund that reconciling made is known when the refused one is tried again: planted, it was harmless in 300 seeds',
};
