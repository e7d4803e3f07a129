// The public names of offshoot/host.
export type { BackupManifest, OtherCopy, StoredCopy } from './backup-manifest.ts';
export { type CallServer, type CallServerOptions, callServer } from './call-server.ts';
export { type CertificateFileSettings, filesOfCertificates } from './certificates.ts';
export { DATA_DEFAULT, type HostOptions, host, type RunningHost } from './host.ts';
export type { Cut } from './host-backup.ts';
export { type OperatorPlace, operatorFile } from './operator-door.ts';
export { type FileLogger, pinoLogger } from './pino-logger.ts';
export { type PrometheusMetrics, prometheusMetrics } from './prometheus-metrics.ts';
export { finishReplacement, type Replacement, replaceFiles } from './replacement.ts';
export {
  type RestoredStore,
  type RestoreOptions,
  type RestoreReport,
  restore,
} from './restore.ts';
export { type BackupTools, readBackup, sealBackup } from './sealed-backup.ts';
export { type ServedRegistry, type ServeRegistryOptions, serveRegistry } from './serve-registry.ts';
export { type Environment, type Settings, settings } from './settings.ts';
export {
  type CertificatePlace,
  type CertificatesAdapter,
  type Edge,
  type EmbeddedRegistryPlan,
  type HostPlan,
  type Inside,
  type RegistryAdapter,
  type SecretPlan,
  type StoreAdapter,
  type StoreMoves,
  type StorePlace,
  type Surroundings,
  type Topology,
  type TopologySpec,
  topology,
} from './topology.ts';
export { VERSION } from './version.ts';
