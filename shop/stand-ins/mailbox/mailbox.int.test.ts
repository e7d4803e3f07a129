// Does the mailbox keep what it took in: over SMTP, over HTTP, and through a kill?
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTransport } from 'nodemailer';
import { type Mailbox, mailbox } from './server.ts';
import type { Kept } from './spool.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mailbox-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const LETTER = {
  from: { name: 'The shop', address: 'orders@shop.test' },
  to: { name: 'Åsa Quillfeather', address: 'asa@example.test' },
  subject: 'Bestätigt ✓',
  text: 'Hello Åsa,\n\n.a line that begins with a dot\n',
};

function sender(smtpUrl: string, pool = false) {
  const { hostname: host, port } = new URL(smtpUrl);
  return createTransport({ host, port: Number(port), ...(pool ? { pool } : {}) } as object);
}

async function messagesOf(url: string, limit = 1_000): Promise<Kept[]> {
  const all: Kept[] = [];
  for (let next: number | null = 0; next !== null; ) {
    const page = (await (await fetch(`${url}/messages?after=${next}&limit=${limit}`)).json()) as {
      messages: Kept[];
      next: number | null;
    };
    all.push(...page.messages);
    next = page.next;
  }
  return all;
}

describe('the mailbox', () => {
  let box: Mailbox;
  before(async () => {
    box = await mailbox({ data: join(folder, 'box.db') });
  });
  after(() => box.close());

  test('keeps a message with everything a reader wants to know', async () => {
    const messageId = '<1@shop.test>';
    await sender(box.smtpUrl).sendMail({ ...LETTER, messageId });
    const [first] = await messagesOf(box.url);
    assert.ok(first);
    const { at, text, ...rest } = first;
    assert.deepEqual(rest, {
      id: 1,
      messageId,
      from: 'The shop <orders@shop.test>',
      to: 'Åsa Quillfeather <asa@example.test>',
      subject: 'Bestätigt ✓',
    });
    assert.equal(text.replaceAll('\r\n', '\n').trimEnd(), LETTER.text.trimEnd());
    assert.ok(Math.abs(Date.parse(at) - Date.now()) < 60_000);
  });

  test('shows its mail on a page that runs nothing and escapes everything', async () => {
    const hostile = '<script>alert("1")</script> & <img src=x onerror=alert(1)>';
    await sender(box.smtpUrl).sendMail({ ...LETTER, subject: hostile, text: hostile });
    const reply = await fetch(`${box.url}/`);
    const html = await reply.text();
    assert.match(reply.headers.get('content-security-policy') ?? '', /^default-src 'none'/);
    assert.ok(html.includes('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &lt;img'));
    assert.ok(!/<script|<img|https?:/.test(html));
    assert.match(html, /<html lang="en">.*<main>.*prefers|prefers-color-scheme: dark/s);
    assert.match(html, /<details><summary><strong>/);
  });

  test('gives its pages from the newest on, and its list from the oldest', async () => {
    const transport = sender(box.smtpUrl, true);
    const from = (await messagesOf(box.url)).length;
    await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        transport.sendMail({ ...LETTER, messageId: `<many-${index}@shop.test>` }),
      ),
    );
    transport.close();
    const all = await messagesOf(box.url, 7);
    assert.equal(all.length, from + 60);
    assert.ok(all.every(({ id }, index) => id === index + 1));
    assert.equal(new Set(all.slice(from).map(({ messageId }) => messageId)).size, 60);
    const newest = await (await fetch(`${box.url}/`)).text();
    const older = /href="\/\?before=(\d+)"/.exec(newest)?.[1];
    assert.equal(Number(older), all.length - 49);
    const rest = await (await fetch(`${box.url}/?before=${older}`)).text();
    assert.equal(rest.split('<li>').length - 1, all.length - 50);
    assert.match(rest, /href="\/"/);
  });

  test('refuses for good what nobody reads, and what is too large', async () => {
    const nobody = { ...LETTER, to: 'who@undeliverable.test' };
    await assert.rejects(sender(box.smtpUrl).sendMail(nobody), { responseCode: 550 });
    const large = { ...LETTER, text: 'x'.repeat(300 * 1024) };
    await assert.rejects(sender(box.smtpUrl).sendMail(large), { responseCode: 552 });
  });

  test('answers requests that make no sense with a code', async () => {
    const code = async (path: string, init: RequestInit = {}) => {
      const reply = await fetch(box.url + path, init);
      return [reply.status, ((await reply.json()) as { code: string }).code];
    };
    assert.deepEqual(await code('/nothing'), [404, 'ROUTE_NOT_FOUND']);
    assert.deepEqual(await code('/messages?after=-1'), [400, 'INVALID_QUERY']);
    assert.deepEqual(await code('/?before=x'), [400, 'INVALID_QUERY']);
    assert.deepEqual(await code('/', { method: 'POST' }), [405, 'METHOD_NOT_ALLOWED']);
    assert.equal((await fetch(`${box.url}/health`)).status, 200);
    const sent = request(`${box.url}/messages`, { headers: { host: 'mail.example' } });
    const [reply] = await once(sent.end(), 'response');
    assert.equal(reply.statusCode, 421);
    reply.resume();
  });

  test('lets nobody read its files', () => {
    const files = readdirSync(folder).filter((name) => name.startsWith('box.db'));
    assert.ok(files.includes('box.db') && files.includes('box.db.key'));
    for (const file of files) {
      const bytes = readFileSync(join(folder, file));
      for (const plain of ['Quillfeather', 'asa@example', 'Hello'])
        assert.ok(!bytes.includes(plain), `${plain} in ${file}`);
    }
  });
});

describe('the process', () => {
  const children = new Set<ChildProcess>();
  after(() => {
    for (const child of children) child.kill('SIGKILL');
  });

  async function start(data: string, ...more: string[]) {
    const child = spawn(process.execPath, [MAIN, '--data', join(folder, data), ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.add(child);
    const [line] = await once(child.stdout!, 'data');
    const { ready, url, smtpUrl } = JSON.parse(String(line));
    assert.equal(ready, true);
    const end = async (signal: NodeJS.Signals) => {
      const exited = once(child, 'exit');
      child.kill(signal);
      const [code] = await exited;
      children.delete(child);
      return code as number | null;
    };
    return { url: url as string, smtpUrl: smtpUrl as string, end };
  }

  test('has every message that it said 250 to when it is killed amid a storm', async () => {
    const first = await start('killed.db');
    const transport = sender(first.smtpUrl, true);
    const accepted = new Set<string>();
    let sent = 0;
    const storm = Array.from({ length: 8 }, async () => {
      for (;;) {
        const messageId = `<storm-${sent++}@shop.test>`;
        try {
          await transport.sendMail({ ...LETTER, messageId });
          accepted.add(messageId);
        } catch {
          return;
        }
      }
    });
    while (accepted.size < 100) await new Promise((resolve) => setTimeout(resolve, 5));
    await first.end('SIGKILL');
    await Promise.all(storm);
    transport.close();

    const smtpPort = new URL(first.smtpUrl).port;
    const port = new URL(first.url).port;
    const second = await start('killed.db', '--port', port, '--smtp-port', smtpPort);
    assert.deepEqual([second.url, second.smtpUrl], [first.url, first.smtpUrl]);
    const kept = new Set((await messagesOf(second.url)).map(({ messageId }) => messageId));
    for (const id of accepted) assert.ok(kept.has(id), `${id} is lost`);
    assert.equal(await second.end('SIGTERM'), 0);
  });

  test('closes cleanly while clients hold connections, and says when a port is taken', async () => {
    const box = await start('closed.db');
    const transport = sender(box.smtpUrl, true);
    await transport.sendMail(LETTER);
    const taken = spawn(
      process.execPath,
      [MAIN, '--data', join(folder, 'other.db'), '--smtp-port', new URL(box.smtpUrl).port],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    children.add(taken);
    let text = '';
    taken.stderr.on('data', (chunk) => {
      text += chunk;
    });
    const [code] = await once(taken, 'close');
    children.delete(taken);
    assert.equal(code, 1);
    assert.match(text, /PORT_IN_USE/);
    assert.equal(await box.end('SIGINT'), 0);
    transport.close();
  });
});
