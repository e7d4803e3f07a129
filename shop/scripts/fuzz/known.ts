// What has the shop told so far that can be asked about: ids, cursors, tags, tokens, accounts?
import type { Chance } from './chance.ts';
import type { AskedOperation } from './surface.ts';

export interface Account {
  readonly email: string;
  readonly password: string;
}

export interface Known {
  /** Keeps what an answer tells, for whom it was told. */
  learn(operation: AskedOperation, who: string, json: unknown): void;
  learnAccount(account: Account): void;
  /** An id or a token that is never told on: nothing may happen to those people by chance. */
  protect(id: string): void;
  /** A value for a field, rather one that was told to the same person. */
  value(field: string, operation: AskedOperation, who: string, chance: Chance): string | undefined;
  account(chance: Chance): Account | undefined;
}

interface Told {
  readonly value: string;
  readonly who: string;
}

const KEPT_MAX = 400;
const DEPTH_MAX = 6;
const OWN_SHARE = 0.8;

/** The same thing under another name. */
const ALIASES: Readonly<Record<string, string>> = { customerId: 'userId', next: 'cursor' };
const IDS: Readonly<Record<string, string>> = { catalog: 'productId', notifications: 'cursor' };
const TOLD = /^(id|\w+Id|sku|next|refreshToken)$/;

/** A thing's pool: a plain `id` is of what the operation is about, a cursor of its own list. */
function poolOf(field: string, { tag, id }: AskedOperation): string {
  const name = field === 'id' ? (IDS[tag] ?? 'id') : (ALIASES[field] ?? field);
  return name === 'cursor' ? `cursor of ${id}` : name;
}

export function known(): Known {
  const pools = new Map<string, Told[]>();
  const accounts: Account[] = [];
  const secret = new Set<string>();

  const keep = (pool: string, told: Told): void => {
    const kept = pools.get(pool) ?? [];
    pools.set(pool, kept);
    if (secret.has(told.value) || kept.some(({ value }) => value === told.value)) return;
    kept.push(told);
    if (kept.length > KEPT_MAX) kept.shift();
  };

  const walk = (operation: AskedOperation, who: string, value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return;
    for (const [name, inner] of Object.entries(value))
      if (typeof inner === 'string' && TOLD.test(name))
        keep(poolOf(name, operation), { value: inner, who });
      else walk(operation, who, inner, depth + 1);
  };

  return {
    learn: (operation, who, json) => walk(operation, who, json, 0),
    learnAccount(account) {
      accounts.push(account);
      if (accounts.length > KEPT_MAX) accounts.shift();
    },
    protect(id) {
      secret.add(id);
      for (const [pool, kept] of pools)
        pools.set(
          pool,
          kept.filter(({ value }) => value !== id),
        );
    },
    value(field, operation, who, chance) {
      const all = pools.get(poolOf(field, operation)) ?? [];
      const own = all.filter((one) => one.who === who);
      const from = own.length > 0 && chance.happens(OWN_SHARE) ? own : all;
      return from.length > 0 ? chance.pick(from).value : undefined;
    },
    account: (chance) => (accounts.length > 0 ? chance.pick(accounts) : undefined),
  };
}
