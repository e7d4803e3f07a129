// The public names of offshoot/aggregate.
export {
  type Decider,
  decider,
  type Evolve,
  fold,
  type Happened,
  state,
  type Versioned,
} from './decider.ts';
