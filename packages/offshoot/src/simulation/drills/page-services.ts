// Which small services does a restore drill have? A press that prints, and two that read.
import { anyone, command, contract, event, jsonSchema } from '../../contract/index.ts';
import { on, subscription } from '../../messaging/index.ts';
import { commandHandler, type ServiceDefinition, service } from '../../service/index.ts';
import { append, collection, one, put } from '../../store/index.ts';

const Page = jsonSchema<{ page: string; shelf: string }>({
  type: 'object',
  required: ['page', 'shelf'],
});

export const press = contract('press', {
  version: 1,
  events: { printed: event({ version: 1, key: 'shelf', data: Page }) },
  operations: { print: command('POST /pages', { input: Page, output: Page, access: anyone() }) },
});

/** How often a printing was read, by its event: who prints a page again prints another. */
export const readings = collection<{ readonly times: number }>('readings');

export const pressService: ServiceDefinition = service(press, {
  handlers: {
    print: commandHandler(press.print, {
      decide: ({ input }) => ({
        appends: [append(`page/${input.page}`, [press.events.printed(input)])],
        reply: input,
      }),
    }),
  },
});

function readerCalled(name: string): ServiceDefinition {
  return service(contract(name, { version: 1, events: {}, operations: {} }), {
    handlers: {},
    collections: [readings],
    subscriptions: [
      subscription('pages', [
        on(press.events.printed, {
          load: ({ event: { id } }) => ({ found: one(readings, id) }),
          decide: ({ event: { id }, loaded: { found } }) => ({
            documents: [put(readings, id, { times: (found?.data.times ?? 0) + 1 })],
          }),
        }),
      ]),
    ],
  });
}

/** Restored with the press, to the same moment: it has read nothing that is gone. */
export const librarianService = readerCalled('librarian');
/** On a host of its own, and not restored: it may have read what is gone. */
export const readerService = readerCalled('reader');
