// Which mails arrived?
import type { Kept } from '../../stand-ins/mailbox/spool.ts';
import { httpClient } from '../client/http-client.ts';
import { notRunning } from '../command/command-line.ts';

export type Mail = Kept;

/** Every mail in the mailbox, oldest first. Rejects when the mailbox does not answer. */
export async function readMailbox(url: string): Promise<Mail[]> {
  const http = httpClient(url, 1);
  const all: Mail[] = [];
  try {
    for (let after: number | null = 0; after !== null; ) {
      const { status, body } = await http.send('GET', `/messages?after=${after}`);
      if (status !== 200)
        throw notRunning(`the mailbox does not answer at ${url}: start it with npm start`);
      const page: { messages: Mail[]; next: number | null } = JSON.parse(body);
      for (const mail of page.messages) all.push(mail);
      after = page.next;
    }
    return all;
  } finally {
    http.close();
  }
}
