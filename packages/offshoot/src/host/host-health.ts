// What does a host look at before it says that it is ready?
import type { Health, HealthReport } from '../gateway/index.ts';
import type { OutsideWorld } from '../rpc/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { RunningService } from '../service/index.ts';
import { OWN_COLLECTIONS } from '../service/index.ts';
import { every } from '../store/index.ts';
import { type HealthCheck, healthChecks } from './health.ts';
import { VERSION } from './version.ts';

export interface HostHealth extends Health {
  /** From now on it is not ready, whatever else is well. */
  unready(): void;
}

interface Watched {
  readonly name: string;
  readonly runtime: Runtime;
  readonly services: readonly RunningService[];
  readonly outside: OutsideWorld;
}

/** A read that touches the file, of a collection that every store has. */
const storeCheck = ({ name, store }: RunningService): HealthCheck => ({
  name: `database:${name}`,
  componentType: 'datastore',
  async probe() {
    await store.load(every(OWN_COLLECTIONS[0]!, { limit: 1 }));
    return undefined;
  },
});

/**
 * A subscription that waits for another service will go on by itself; messages that are parked
 * wait for a person. Nothing is lost either way.
 */
const subscriptionChecks = ({ name, subscribed, queues }: RunningService): HealthCheck[] =>
  [...subscribed, ...queues].map((consumer) => ({
    name: `messageQueue:${name}/${consumer.name}`,
    componentType: 'component',
    critical: false,
    cacheMs: 0,
    probe: () => {
      if (consumer.pausedBy !== '') return { status: 'warn', observedValue: 'paused' };
      const { parkedKeys } = consumer.waiting;
      if (parkedKeys === 0) return { observedValue: 'running' };
      const output = `offshoot dlq ls --service ${name} --subscription ${consumer.name}`;
      return { status: 'warn', output, observedValue: parkedKeys, observedUnit: 'parked keys' };
    },
  }));

/** Rows that stay as they are, and a build that failed, wait for a person; reads go on. */
const projectionChecks = ({ name: service, projections }: RunningService): HealthCheck[] =>
  projections.looks().map(({ name }) => ({
    name: `projection:${service}/${name}`,
    componentType: 'component',
    critical: false,
    cacheMs: 0,
    probe: () => {
      const { failed, pausedBy, parkedKeys } = projections
        .looks()
        .find((one) => one.name === name)!;
      if (failed !== '')
        return { status: 'warn', output: 'offshoot projection ls', observedValue: 'failed' };
      if (pausedBy !== '') return { status: 'warn', observedValue: 'paused' };
      if (parkedKeys === 0) return { observedValue: 'running' };
      const output = `offshoot dlq ls --service ${service}`;
      return { status: 'warn', output, observedValue: parkedKeys, observedUnit: 'parked keys' };
    },
  }));

/** Sagas that wait for a person: nothing is lost, and nothing goes on either. */
const sagaCheck = ({ name, sagas }: RunningService): HealthCheck => ({
  name: `sagas:${name}`,
  componentType: 'component',
  critical: false,
  cacheMs: 0,
  probe: () => {
    const paused = { observedValue: sagas.paused, observedUnit: 'paused' };
    if (sagas.paused === 0) return paused;
    return { status: 'warn', output: 'offshoot saga ls --status paused', ...paused };
  },
});

const STATUS = { closed: 'pass', 'half-open': 'warn', open: 'fail' } as const;

/** By what its calls met last: to ask whether an outside is well is to load it while it is not. */
const outsideChecks = (outside: OutsideWorld): HealthCheck[] =>
  outside.ports.map((name) => ({
    name: `external:${name}`,
    componentType: 'system',
    critical: false,
    cacheMs: 0,
    probe: () => {
      const { state, lastMs } = outside.look(name);
      const output = `the circuit is ${state}`;
      const latency = lastMs === undefined ? { observedValue: state } : latencyOf(lastMs);
      return { status: STATUS[state], output, ...latency };
    },
  }));

const latencyOf = (ms: number) => ({ observedValue: Math.round(ms), observedUnit: 'ms' });

/** Liveness asks nothing of anybody: a restart mends a process, not what it depends on. */
export function hostHealth({ name, runtime, services, outside }: Watched): HostHealth {
  let isReady = true;
  const about = { version: '1', releaseId: VERSION, serviceId: name };
  const wellBeing = healthChecks(runtime, [
    ...services.map(storeCheck),
    ...services.flatMap(subscriptionChecks),
    ...services.flatMap(projectionChecks),
    ...services.map(sagaCheck),
    ...outsideChecks(outside),
  ]);
  const here = (): HealthReport => ({ status: 'pass', ...about });
  return {
    live: here,
    started: here,
    async ready() {
      if (!isReady) return { status: 'fail', ...about, output: 'draining' };
      return { ...about, ...(await wellBeing()) };
    },
    unready() {
      isReady = false;
    },
  };
}
