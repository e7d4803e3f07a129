// What can an operator see and do of the projections of one host?
import { OffshootError } from '../error/index.ts';
import type { ProjectionEngine, ProjectionReport } from '../projection/index.ts';
import type { RunningService } from '../service/index.ts';
import type { OperatorVerbs } from './operator-door.ts';

export interface ListedProjection extends ProjectionReport {
  readonly service: string;
}

interface NameInput {
  readonly name: string;
  /** @default the one that has a projection of this name */
  readonly service?: string;
}

/**
 * `projection.ls`, `projection.rebuild`, `projection.rollback`. They refuse with
 * PRECONDITION_FAILED, as the engine does, and VALIDATION_FAILED for a name of several services.
 */
export function projectionVerbs(services: readonly RunningService[]): OperatorVerbs {
  const act =
    (action: (engine: ProjectionEngine, name: string) => Promise<ProjectionReport>) =>
    async (given: NameInput): Promise<ListedProjection> => {
      const { name, projections } = await ownerOf(services, given);
      return { service: name, ...(await action(projections, given.name)) };
    };
  return {
    'projection.ls': async () => ({ projections: await all(services) }),
    'projection.rebuild': act((engine, name) => engine.rebuild(name)),
    'projection.rollback': act((engine, name) => engine.rollback(name)),
  };
}

async function all(services: readonly RunningService[]): Promise<ListedProjection[]> {
  const found: ListedProjection[] = [];
  for (const { name: service, projections } of services)
    for (const one of await projections.list()) found.push({ service, ...one });
  return found;
}

async function ownerOf(services: readonly RunningService[], given: NameInput) {
  const known = await all(services);
  const owners = known.filter(
    ({ service, name }) =>
      name === given.name && (given.service === undefined || service === given.service),
  );
  const [first, ...others] = owners;
  if (!first) {
    const names = known.map(({ name }) => name).join(', ') || 'none';
    const message = `no service of this host has a projection ${given.name}: ${names}`;
    throw new OffshootError('PRECONDITION_FAILED', message);
  }
  if (others.length > 0) {
    const names = owners.map(({ service }) => service).join(', ');
    throw new OffshootError(
      'VALIDATION_FAILED',
      `${names} have a projection ${given.name}: say whose`,
    );
  }
  return services.find(({ name }) => name === first.service)!;
}
