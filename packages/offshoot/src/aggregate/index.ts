// The public names of offshoot/aggregate.
export {
  type Decider,
  decider,
  type Evolve,
  type Folding,
  fold,
  type Happened,
  state,
  type Versioned,
} from './decider.ts';
export {
  type Finding,
  type Kept,
  type Repository,
  type RepositoryOptions,
  repository,
  type Saved,
} from './repository.ts';
export {
  type Remembered,
  type Snapshot,
  type SnapshotPolicy,
  type Snapshots,
  snapshots,
} from './snapshot.ts';
