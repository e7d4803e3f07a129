// Which process is killed and stopped? Two services on real files, told by messages what to do.
import { flushCompileCache } from 'node:module';
import { embeddedBroker, storeFeed, waiting } from 'offshoot/messaging';
import { inProcess, outsideWorld, type Reply } from 'offshoot/rpc';
import { nodeRuntime } from 'offshoot/runtime/node';
import { leasedOwnership, type Ownership, sagas } from 'offshoot/saga';
import { ANONYMOUS, servicePrincipal } from 'offshoot/security';
import { OWN_COLLECTIONS, type RunningService, runningService } from 'offshoot/service';
import { every, type Store, where } from 'offshoot/store';
import { SILENT, UNMEASURED } from 'offshoot/telemetry';
import { points } from '../points.ts';
import { tell } from '../telling.ts';
import { openStores, patiently } from './open-stores.ts';
import {
  type Asked,
  type FromHarness,
  type HarnessSetting,
  LEASE_MS,
  type ToHarness,
} from './protocol.ts';
import { harnessServices, transferring } from './till-and-ledger.ts';

const DEADLINE_MS = 10_000;
const SHARDS = 4;
const OPEN = ['running', 'waiting', 'compensating', 'paused'] as const;

const setting = JSON.parse(process.argv[2] ?? '{}') as HarnessSetting;
const say = (message: FromHarness) => void process.send?.(message);

const at = points(nodeRuntime(), { home: 'till', arming: setting.arming, tell });
const { runtime } = at;
const definitions = harnessServices(setting.life);
const blocked = () => say({ kind: 'blocked' });
const { keyring, sealer, stores } = await patiently(runtime, blocked, () =>
  openStores(definitions, setting, runtime),
);
const storeOf = (name: string): Store => stores.get(name)!;

const local = inProcess(runtime);
const shared = {
  ...{ runtime, keyring, sealer, metrics: UNMEASURED, logger: SILENT },
  // With others on the same stores it looks for what they have left to do.
  ...(setting.isReplica && { sharing: 'holder' as const }),
  transport: local.transport,
  broker: at.broker(embeddedBroker()),
  outside: outsideWorld(runtime, {}, UNMEASURED),
  feed: (name: string) => storeFeed(name, storeOf(name)),
};
const NOBODY: Ownership = {
  owns: () => false,
  fencesOf: () => [],
  isAbandoned: async () => false,
};
const leased = leasedOwnership(
  { ...shared, store: storeOf('till') },
  { holder: setting.holder, definitions: [transferring], shards: SHARDS, termMs: LEASE_MS },
);
const ownership = setting.defect === 'leaves-sagas' && setting.life > 1 ? NOBODY : leased;
const running: RunningService[] = definitions.map((definition) => {
  const one = runningService(definition, {
    ...{ ...shared, store: storeOf(definition.name) },
    ...(definition.name === 'till' ? { ownership } : {}),
  });
  local.register(definition.name, one.callee);
  return one;
});
const [till, ledger] = running as [RunningService, RunningService];

/** In one line: a repeat has the same. */
const lineOf = (reply: Reply): string => {
  if (reply.kind === 'output') return JSON.stringify(reply.value);
  return reply.kind === 'refusal' ? `refused ${reply.code}` : '';
};

async function answer({ number, operation, input }: Asked): Promise<void> {
  // Payments by people, transfers by a service: their replies are kept apart.
  const principal = operation === 'pay' ? ANONYMOUS : servicePrincipal('clerk');
  const { id } = input;
  const reply = await local.transport({
    ...{ service: 'till', operation, input, principal },
    headers: {
      ...{ deadlineMs: DEADLINE_MS, correlationId: id, causationId: id },
      ...{ traceparent: '', idempotencyKey: id },
    },
  });
  const code = reply.kind === 'error' ? reply.error.code : '';
  if (code === '') at.pass('before-answer');
  say({ kind: 'answer', number, text: lineOf(reply), code });
}

async function waitsFor(): Promise<string[]> {
  const { store } = till;
  const found: string[] = [];
  for (const status of OPEN) {
    const open = await store.load(where(sagas, 'status', status, { limit: 1 }));
    if (open.length > 0) found.push(`${status} saga ${open[0]?.id}`);
  }
  for (const { name, store: of } of running) {
    const one = { limit: 1 };
    const messages = await of.load(every(waiting, one));
    if (messages.length > 0) found.push(`${name}: a message waits`);
    const due = await of.load(every(timers, one));
    if (due.length > 0) found.push(`${name}: a timer is due`);
  }
  for (const { name, reached } of ledger.consumers)
    if (reached.seq < store.head().seq) found.push(`${name} is at ${reached.seq}`);
  return found;
}
const timers = OWN_COLLECTIONS.find(({ name }) => name === 'offshoot.timers')!;

async function end(): Promise<void> {
  for (const one of running) one.stop();
  await leased.stop();
  for (const store of stores.values()) await store.close();
  keyring.close();
  process.exit(0);
}

process.on('message', (message: ToHarness) => {
  if (message.kind === 'ask') void answer(message);
  else if (message.kind === 'rest')
    void waitsFor().then((found) => say({ kind: 'rest', waitsFor: found }));
  else void end();
});
process.on('disconnect', () => process.exit(0)); // whoever started it is gone

// A database that is away is asked again by the next look.
const pickUp = () => void till.sagas.pickUp().catch(() => {});
await patiently(runtime, blocked, () => leased.start(pickUp, till.sagas.wake));
for (const one of running) await one.start();
at.ready();
say({ kind: 'ready', startMs: performance.now() });
flushCompileCache();
