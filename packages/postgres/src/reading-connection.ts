// What does a question come to when its connection breaks, or the database refuses it?
import { OffshootError } from 'offshoot/error';
import { type Connection, ConnectionLost, ServerRefusal } from './connection.ts';

/**
 * A connection for questions, which may be asked again: one that was lost is, once. All else that
 * is no answer is UNAVAILABLE.
 */
export function readingConnection(inner: Connection): Connection {
  return {
    ...inner,
    get isUp() {
      return inner.isUp;
    },
    async run(statement, values) {
      for (let tries = 1; ; tries += 1)
        try {
          return await inner.run(statement, values);
        } catch (cause) {
          if (cause instanceof ConnectionLost && tries === 1) continue;
          if (!(cause instanceof ConnectionLost || cause instanceof ServerRefusal)) throw cause;
          const message = `the database did not answer (${cause.message}); try again`;
          throw new OffshootError('UNAVAILABLE', message, { cause });
        }
    },
  };
}
