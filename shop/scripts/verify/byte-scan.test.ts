// Are card numbers found wherever they stand, and nothing else taken for one?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { byteInvariants, cardNumbers } from './byte-scan.ts';

const VISA = ['4111', '1111', '1111', '1111'];
const folder = mkdtempSync(join(tmpdir(), 'byte-scan-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const found = (text: string) => [...cardNumbers(Buffer.from(text, 'latin1'))].map(({ at }) => at);

test('finds a card number in one run or grouped, at any place', () => {
  for (const separator of ['', ' ', '-', '.'])
    for (let before = 0; before < 30; before += 1) {
      const text = `${'\x00'.repeat(before)}${VISA.join(separator)}\x05"`;
      assert.deepEqual(found(text), [before], JSON.stringify(text));
    }
  assert.equal(found(`card: 378282246310005, ${VISA.join('')}.`).length, 2);
});

test('takes no number for a card that is none', () => {
  const none = [
    '4111111111111112', // its check digit is wrong
    '1795274068666', // a time in milliseconds
    '0.4111111111111111',
    `a${VISA.join('')}`,
    `${VISA.join('')}0000000000`,
    '01a1fead-2704-7001-8751-392476612345',
    '00-0123456789abcdef0123456789abcdef-4111111111111111-01',
    '"span_id":"4111111111111111"',
    '000001.4111111111111111',
  ];
  for (const text of none) assert.deepEqual(found(`"${text}"`), [], text);
});

test('names the file and the byte, also where a read ends', () => {
  const place = 8 * 1024 * 1024 - 7;
  const bytes = Buffer.alloc(place + 4_096);
  bytes.write(VISA.join(''), place);
  bytes.write('Zephyrine', 100);
  writeFileSync(join(folder, 'some.log'), bytes);
  const [cards, names] = byteInvariants(folder, ['Zephyrine', 'Nobody']);
  assert.equal(cards?.ok, false);
  assert.match(cards?.detail ?? '', new RegExp(`some.log, byte ${place}\\b`));
  assert.equal(names?.detail, "some.log, byte 100: 'Zephyrine' in plain text");
});
