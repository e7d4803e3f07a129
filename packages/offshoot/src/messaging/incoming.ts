// How does a handler see an event that arrived: opened, in today's version, a copy of its own?
import { type EventDefinition, jsonCopy, upcast } from '../contract/index.ts';
import type { Sealer } from '../security/index.ts';
import { type Envelope, positionOf, timeOf } from './envelope.ts';
import { type Incoming, wireVersion } from './subscription.ts';

/**
 * An envelope as its handler sees it: personal fields opened, and the data of an older version
 * upcast. Throws for a version newer than the handler's.
 */
export function incoming(event: Envelope, as: EventDefinition, sealer: Sealer): Incoming<unknown> {
  const data = jsonCopy(sealer.open(event.data, event.id));
  return {
    id: event.id,
    type: as.type,
    service: as.service,
    key: event.partitionkey,
    at: timeOf(event),
    position: positionOf(event),
    correlationId: event.correlationid,
    data: upcast(as, wireVersion(event.type), data),
  };
}
