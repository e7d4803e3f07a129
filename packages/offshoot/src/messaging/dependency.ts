// Which dependency is away, when a handler could not go on?
import { asOffshootError, isAvailability, OffshootError } from '../error/index.ts';
import type { EventReach } from '../store/index.ts';

/** Throws a failure on; one of availability with the name of who was asked in its details. */
const blaming =
  (dependency: string) =>
  (thrown: unknown): never => {
    const { code, message, retryable, details } = asOffshootError(thrown);
    if (!isAvailability(code) || details.dependency !== undefined) throw thrown;
    const named = { ...details, dependency };
    throw new OffshootError(code, message, { retryable, details: named, cause: thrown });
  };

/** The same reach; what it asks of another service or an outside port fails in that one's name. */
export function withNames(reach: EventReach): EventReach {
  const outside = (port: { readonly name: string }, about?: string) => {
    const calls = Object.entries(reach.outside(port as never, about) as Record<string, any>);
    return Object.fromEntries(
      calls.map(([name, call]) => [
        name,
        async (input: unknown) => call(input).catch(blaming(port.name)),
      ]),
    );
  };
  return {
    ...reach,
    outside: outside as EventReach['outside'],
    ask: (operation, input) => reach.ask(operation, input).catch(blaming(operation.service)),
  };
}

/** What a subscription that pauses on this failure waits for, in words. */
export function waitsFor(thrown: unknown, otherwise = ''): string {
  const { message, details } = asOffshootError(thrown);
  const dependency = String(details.dependency ?? otherwise);
  return message.includes(dependency) ? message : `${dependency}: ${message}`;
}
