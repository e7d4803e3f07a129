// The public names of offshoot/testing.
export {
  authorisationMatrix,
  type Expectation,
  type MatrixCell,
  withoutAccess,
} from './authorisation-matrix.ts';
export {
  type Bench,
  type BenchOptions,
  bench,
  TEST_MASTER_KEY,
  testKeyring,
  testStamp,
} from './bench.ts';
export { type Check, failures } from './check.ts';
export { type CutOff, cutOff } from './cut-off.ts';
export { type EventFlow, eventFlow } from './event-flow.ts';
export { type EventVersionsOptions, eventVersions } from './event-versions.ts';
export { feedConformance, type OpenFeed } from './feed-conformance.ts';
export { type FragileDatabase, fragileDatabase } from './fragile-database.ts';
export { type GivenEvents, given, type When } from './given.ts';
export { formOf, golden } from './golden.ts';
export {
  type LimitStoreUnderTest,
  limitStoreConformance,
  type RunningLimits,
} from './limit-store-conformance.ts';
export {
  type ManualRuntime,
  type ManualRuntimeOptions,
  manualRuntime,
  seededRandom,
} from './manual-runtime.ts';
export type { MessagingAdapter } from './messaging-adapter.ts';
export { messagingConformance } from './messaging-conformance.ts';
export { registryConformance } from './registry-conformance.ts';
export type {
  RegistryFeatures,
  RegistryUnderTest,
  RunningRegistry,
} from './registry-under-test.ts';
export { type RemoteSpoils, remoteStoreUnderTest } from './remote-store-under-test.ts';
export { type FastCheck, samplesOf } from './schema-samples.ts';
export { sqliteStoreUnderTest } from './sqlite-store-under-test.ts';
export { STORE_CONFORMANCE_COLLECTIONS, storeConformance } from './store-conformance.ts';
export type { OpenedStore, OpenStore, StoreFeatures } from './store-under-test.ts';
export { type CallOptions, type System, type SystemOptions, system, type Way } from './system.ts';
export { type TestPassports, testPassports } from './test-passports.ts';
export { type TortureTarget, type TortureToken, tokenTorture } from './token-torture.ts';
export { transportConformance } from './transport-conformance.ts';
export type {
  AskedCall,
  OpenedTransport,
  OpenTransport,
  TransportFeatures,
} from './transport-under-test.ts';
