// What does a queue need from the service that sends, and from the way to its workers?
import type { ConsumerContext } from './consumer-context.ts';
import type { WorkItem } from './queue.ts';

export interface WorkerContext extends Omit<ConsumerContext, 'feed' | 'broker' | 'reach'> {
  /** Asks a worker. Gives its result or a declared refusal, throws everything else. */
  perform(item: WorkItem, key: string, deadlineMs: number): Promise<unknown>;
}
