// The public names of offshoot/store/remote.
export { REMOTE_COLLECTIONS } from './clients.ts';
export { type HttpWireOptions, httpWire, type StorePlace } from './http-wire.ts';
export { type RemoteStoreOptions, remoteStore } from './remote-store.ts';
export { type StoreDoor, type StoreDoorOptions, storeDoor } from './store-door.ts';
export { type Asking, EXCHANGE_BYTES_MAX, type Verb, type Wire } from './wire.ts';
