import { test } from 'node:test';
import { Principal, servicePrincipal } from '../security/index.ts';
import { golden } from '../testing/index.ts';
import { keepReply, replySlot } from './replies.ts';

test('a reply record is pinned: where it lies, what it says, how long it lives', () => {
  const ada = new Principal({ kind: 'user', id: 'ada' });
  const output = { kind: 'output', value: { orderId: '1' }, after: '' } as const;
  const refusal = { kind: 'refusal', code: 'OUT_OF_STOCK', data: { sku: 'KIT-1' } } as const;
  const kept = [
    keepReply(
      replySlot(ada, 'place', 'key-1', { fingerprint: 'fingerprint' }),
      output,
      1_000,
      undefined,
    ),
    keepReply(
      replySlot(servicePrincipal('orders'), 'reserve', 'saga/1/reserve', {
        fingerprint: 'fingerprint',
      }),
      refusal,
      1_000,
      undefined,
    ),
  ].map(({ collection: { name, personal }, id, data }) => ({
    collection: name,
    personal,
    id,
    data,
  }));
  golden(import.meta.url, 'reply-record', kept);
});
