// How does the provider remember inside one process? In maps: for simulation and unit tests.
import type { Authorisation, LedgerEntry, LedgerStorage, StoredOperation } from './ledger.ts';

/** A ledger that lives as long as the value does. */
export function memoryLedger(): LedgerStorage {
  const operations = new Map<string, StoredOperation>();
  const authorisations = new Map<string, Authorisation>();
  const entries: LedgerEntry[] = [];
  return {
    operation: (key) => operations.get(key),
    authorisation: (id) => authorisations.get(id),
    lastSeq: () => entries.length,
    entries: (after, limit) => entries.slice(after, after + limit),
    record(change) {
      for (const operation of change.operations) operations.set(operation.key, operation);
      if (change.authorisation) authorisations.set(change.authorisation.id, change.authorisation);
      if (change.entry) entries.push(change.entry);
    },
  };
}
