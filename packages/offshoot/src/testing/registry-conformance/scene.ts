// What do the checks of a registry have in common: names, time, and who is listed?
import assert from 'node:assert/strict';
import {
  type Instance,
  type InstanceSpec,
  instance,
  type Registry,
} from '../../discovery/index.ts';
import type { RegistryUnderTest, RunningRegistry } from '../registry-under-test.ts';

export interface Scene extends RunningRegistry {
  readonly features: RegistryUnderTest['features'];
  readonly registry: Registry;
  readonly service: string;
  readonly other: string;
  /** An instance of `service`. */
  one(id: string, spec?: Partial<InstanceSpec>): Instance;
  /** Ids listed for `service`. */
  ids(registry?: Registry): Promise<string[]>;
  /** What the promise resolves with, if it does so within `ms`. */
  within<T>(ms: number, what: string, promise: Promise<T>): Promise<T>;
  /** Waits until it is so, `ms` at most. */
  until(ms: number, what: string, isSo: () => boolean | Promise<boolean>): Promise<void>;
}

const STEP_MS = 10;

/** Runs `body` with a registry of its own, and closes it. */
export const scene =
  (subject: RegistryUnderTest, body: (it: Scene) => Promise<void>) => async (): Promise<void> => {
    const running = await subject.open();
    const registry = running.connect();
    const service = `${running.prefix}orders`;
    try {
      await body({
        ...running,
        features: subject.features,
        registry,
        service,
        other: `${running.prefix}users`,
        one: (id, spec = {}) => instance({ id, service, url: `http://10.0.0.1/${id}`, ...spec }),
        ids: async (from = registry) =>
          ((await from.look(service))?.instances ?? []).map(({ id }) => id),
        within: (ms, what, promise) => within(running, ms, what, promise),
        until: (ms, what, isSo) => until(running, ms, what, isSo),
      });
    } finally {
      registry.close();
      await running.close();
    }
  };

async function within<T>(
  { pass }: RunningRegistry,
  ms: number,
  what: string,
  promise: Promise<T>,
): Promise<T> {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  for (let passed = 0; !isSettled && passed <= ms; passed += STEP_MS) await pass(STEP_MS);
  assert.ok(isSettled, `${what}: not within ${ms} ms`);
  return promise;
}

async function until(
  { pass, runtime }: RunningRegistry,
  ms: number,
  what: string,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = runtime.monotonic() + ms;
  while (!(await isSo())) {
    assert.ok(runtime.monotonic() < end, `${what}: not within ${ms} ms`);
    await pass(STEP_MS);
  }
}
