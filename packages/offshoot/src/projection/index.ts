// The public names of offshoot/projection.
export {
  type ProjectionEngine,
  projectionEngine,
} from './engine.ts';
export type { ProjectionContext } from './live-rows.ts';
export { type Build, type Other, type Place, PROJECTION_COLLECTIONS, places } from './place.ts';
export {
  copyOf,
  type Projection,
  type ProjectionSpec,
  projection,
  SLOTS,
  type Slot,
} from './projection.ts';
export type { ProjectionLook, ProjectionReport } from './report.ts';
export { liveStore, projectionsIn } from './scope.ts';
