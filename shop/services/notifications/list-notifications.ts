// Which mails was a customer sent?
import { isoTime } from 'offshoot/runtime';
import { queryHandler } from 'offshoot/service';
import { where } from 'offshoot/store';
import { notifications } from '../../contracts/notifications.ts';
import { notices } from './notice.ts';

export const listNotifications = queryHandler(notifications.list, {
  // One more than asked for says whether there is a next page.
  load: ({ input, principal }) => ({
    found: where(notices, 'userId', principal.kind === 'user' ? principal.id : '', {
      limit: input.limit + 1,
      newestFirst: true,
      ...(input.cursor === undefined ? {} : { after: input.cursor }),
    }),
  }),
  answer({ input, loaded: { found } }) {
    const page = found.slice(0, input.limit);
    const items = page.flatMap(({ id, data: { kind, orderId, messageId, outcome, at } }) =>
      outcome === 'sent' ? [{ id, kind, orderId, messageId, sentAt: isoTime(at) }] : [],
    );
    return { items, next: found.length > page.length ? (page.at(-1)?.id ?? null) : null };
  },
});
