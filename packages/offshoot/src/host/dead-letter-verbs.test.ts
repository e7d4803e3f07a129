// Does an operator find a message whosever it is, and see no more of a person than they may?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, event, jsonSchema, personal } from '../contract/index.ts';
import { on, subscription } from '../messaging/index.ts';
import { commandHandler, service } from '../service/index.ts';
import { append } from '../store/index.ts';
import { type System, system } from '../testing/index.ts';
import { deadLetterVerbs } from './dead-letter-verbs.ts';
import type { OperatorVerbs } from './operator-door.ts';

interface Letter {
  readonly to: string;
  readonly text: string;
}
const Letter = jsonSchema<Letter>({ type: 'object', required: ['to', 'text'] });
const post = contract('post', {
  version: 1,
  noun: 'letter',
  operations: {
    send: command('POST /letters', { input: Letter, output: Letter, access: anyone() }),
  },
  events: {
    sent: event({ version: 1, key: 'to', data: Letter, personal: personal('to', ['text']) }),
  },
});
const postService = service(post, {
  handlers: {
    send: commandHandler(post.send, {
      decide: ({ input }) => ({
        appends: [append(`letter/${input.to}`, [post.events.sent(input)])],
        reply: input,
      }),
    }),
  },
});
/** Two services call their subscription the same. */
const readerOf = (name: string) =>
  service(contract(name, { version: 1, operations: {}, events: {} }), {
    handlers: {},
    subscriptions: [
      subscription('letters', [
        on(post.events.sent, {
          decide: () => {
            throw new Error('illegible');
          },
        }),
      ]),
    ],
  });

async function office(body: (it: System, verbs: OperatorVerbs) => Promise<void>): Promise<void> {
  const it = await system([postService, readerOf('clerk'), readerOf('spy')]);
  const services = ['clerk', 'spy'].map((name) => it.service(name));
  const verbs = deadLetterVerbs({ services, keyring: it.keyring, by: 'user:operator' });
  try {
    await it.invoke(post.send, { to: 'ada', text: 'secret' });
    await it.runtime.advance(70_000);
    await body(it, verbs);
  } finally {
    await it.close();
  }
}

const ask = (verbs: OperatorVerbs, verb: string, input: object = {}) =>
  verbs[`dlq.${verb}`]!(input) as Promise<any>;

test('groups of two services that call a subscription the same stay apart', () =>
  office(async (_, verbs) => {
    const { groups, subscriptions } = await ask(verbs, 'ls');
    assert.deepEqual(
      groups.map(({ service: name, messages }: any) => [name, messages]),
      [
        ['clerk', 1],
        ['spy', 1],
      ],
    );
    assert.notEqual(groups[0].fingerprint, groups[1].fingerprint);
    assert.deepEqual(subscriptions[0], {
      ...{ service: 'clerk', subscription: 'letters', messages: 1, parkedKeys: 1, pausedBy: '' },
    });
    assert.equal((await ask(verbs, 'ls', { service: 'spy' })).groups.length, 1);
    await assert.rejects(ask(verbs, 'ls', { service: 'nobody' }), {
      code: 'DEAD_LETTER_NOT_FOUND',
    });
  }));

test('a message that waits in two places is only shown, replayed or discarded with one named', () =>
  office(async (_, verbs) => {
    const [{ message }] = (await ask(verbs, 'ls', { key: 'ada' })).messages;
    const unclear = { code: 'VALIDATION_FAILED', message: /clerk letters, spy letters/ };
    const given = { message, why: 'a test' };
    for (const verb of ['show', 'replay', 'discard'])
      await assert.rejects(ask(verbs, verb, given), unclear);
    const clerk = { ...given, service: 'clerk' };
    assert.equal((await ask(verbs, 'show', clerk)).service, 'clerk');
    assert.equal((await ask(verbs, 'discard', clerk)).discarded, true);
    assert.equal((await ask(verbs, 'discard', clerk)).discarded, false);
    const all = await ask(verbs, 'replay', { key: 'ada', dryRun: true });
    assert.deepEqual(
      all.replays.map(({ service: name }: any) => name),
      ['spy'],
    );
  }));

test('what a message says is sealed, open with a reason that is kept, and erased with its person', () =>
  office(async (it, verbs) => {
    const [{ message }] = (await ask(verbs, 'ls', { key: 'ada' })).messages;
    const clerk = { message, service: 'clerk' };
    assert.deepEqual((await ask(verbs, 'show', clerk)).event.data, {
      ...{ to: 'ada', text: { sealed: true, subject: 'ada' } },
    });
    await assert.rejects(ask(verbs, 'show', { ...clerk, open: true }), {
      code: 'VALIDATION_FAILED',
    });
    const open = { ...clerk, open: true, why: 'she asked' };
    assert.deepEqual((await ask(verbs, 'show', open)).opened, { to: 'ada', text: 'secret' });
    await it.keyring.forget('ada');
    const erased = { to: 'ada', text: { erased: true } };
    const { event: envelope, opened, history } = await ask(verbs, 'show', open);
    assert.deepEqual([envelope.data, opened], [erased, erased]);
    assert.deepEqual(
      history.map(({ type, data }: any) => [type, data.by, data.why]),
      [['dead_letter.opened', 'user:operator', 'she asked']],
    );
  }));
