// What does the payment provider say it did?
import type { LedgerEntry } from '../../stand-ins/provider/ledger.ts';
import { httpClient } from '../client/http-client.ts';
import { notRunning } from '../command/command-line.ts';

export type { LedgerEntry };

/** The provider's whole ledger, in its order. Rejects when the provider does not answer. */
export async function readLedger(url: string): Promise<LedgerEntry[]> {
  const http = httpClient(url, 1);
  const all: LedgerEntry[] = [];
  try {
    for (let after: number | null = 0; after !== null; ) {
      const { status, body } = await http.send('GET', `/ledger?after=${after}`);
      if (status !== 200)
        throw notRunning(`the payment provider does not answer at ${url}: start it with npm start`);
      const page: { entries: LedgerEntry[]; next: number | null } = JSON.parse(body);
      for (const entry of page.entries) all.push(entry);
      after = page.next;
    }
    return all;
  } finally {
    http.close();
  }
}
