// What is known of one running copy of a service, and is it said well?
import { badDefinition, OffshootError } from '../error/index.ts';

/** What an instance says of itself. Only one that is `up` is chosen for a call. */
export type InstanceHealth = 'up' | 'draining' | 'down';

/** One process that answers for a service. */
export interface Instance {
  /** Of this process alone: two that share an id take each other's place in the registry. */
  readonly id: string;
  readonly service: string;
  /** Where it answers, without a slash at the end: `http://10.0.0.7:3001`. */
  readonly url: string;
  /** The release it runs; empty when nobody said. */
  readonly version: string;
  /** Where it stands; empty when nobody said. */
  readonly zone: string;
  /** Its share of the calls beside the others', 0 to 1000; 0 = none. */
  readonly weight: number;
  /** In order, each once. */
  readonly tags: readonly string[];
  readonly health: InstanceHealth;
}

/** What must be said of an instance; the rest has defaults. */
export interface InstanceSpec {
  readonly id: string;
  readonly service: string;
  readonly url: string;
  /** @default '' */
  readonly version?: string | undefined;
  /** @default '' */
  readonly zone?: string | undefined;
  /** @default 1 */
  readonly weight?: number | undefined;
  /** @default [] */
  readonly tags?: readonly string[] | undefined;
  /** @default 'up' */
  readonly health?: InstanceHealth | undefined;
}

export const WEIGHT_MAX = 1_000;
export const TAGS_MAX = 32;
const SERVICE = /^[a-z][a-z0-9-]{0,62}$/;
const ID = /^[\w.:-]{1,200}$/;
const WORD = /^[\x20-\x7e]{0,100}$/;
const URL_CHARS_MAX = 500;
const HEALTHS: readonly string[] = ['up', 'draining', 'down'] satisfies InstanceHealth[];

/**
 * An instance with its defaults. Throws BAD_DEFINITION and says what is wrong with it.
 *
 * @example
 * const one = instance({ id: 'orders-1', service: 'orders', url: 'http://10.0.0.7:3001/' });
 * one.url; // 'http://10.0.0.7:3001'
 * one.weight; // 1
 */
export function instance(spec: InstanceSpec): Instance {
  const { id, service, url, version = '', zone = '', weight = 1, tags = [], health = 'up' } = spec;
  const where = `instance '${id}' of '${service}'`;
  checkService(service);
  if (!ID.test(id)) badDefinition(`${where}: give an id of letters, digits and . : - _`);
  if (!WORD.test(version) || !WORD.test(zone))
    badDefinition(`${where}: version and zone have at most 100 printable characters`);
  if (!(weight >= 0 && weight <= WEIGHT_MAX))
    badDefinition(`${where}: ${weight} is no weight; give 0 to ${WEIGHT_MAX}`);
  if (tags.length > TAGS_MAX || !tags.every((tag) => tag !== '' && WORD.test(tag)))
    badDefinition(`${where}: give at most ${TAGS_MAX} tags of 1 to 100 printable characters`);
  if (!HEALTHS.includes(health)) badDefinition(`${where}: '${health}' is none of ${HEALTHS}`);
  const order = [...new Set(tags)].sort();
  return { id, service, url: addressOf(where, url), version, zone, weight, tags: order, health };
}

/** An instance that somebody else wrote down; undefined when it is none. */
export function readInstance(value: unknown): Instance | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, service, url, version, zone, weight, tags, health } = value as Record<string, any>;
  if (![id, service, url].every((text) => typeof text === 'string')) return undefined;
  const texts = [version, zone].every((text) => text === undefined || typeof text === 'string');
  const words =
    tags === undefined || (Array.isArray(tags) && tags.every((t) => typeof t === 'string'));
  if (!texts || !words || (weight !== undefined && typeof weight !== 'number')) return undefined;
  try {
    return instance({ id, service, url, version, zone, weight, tags, health });
  } catch (error) {
    if (error instanceof OffshootError) return undefined;
    throw error;
  }
}

/** Throws BAD_DEFINITION when `name` names no service. */
export function checkService(name: string): void {
  if (!SERVICE.test(name))
    badDefinition(`'${name}' is no service name; use lower-case letters, digits and dashes`);
}

function addressOf(where: string, url: string): string {
  const found = url.length <= URL_CHARS_MAX && URL.canParse(url) ? new URL(url) : undefined;
  if (!found || !/^https?:$/.test(found.protocol) || found.username || found.search || found.hash)
    return badDefinition(`${where}: '${url}' is no address like http://10.0.0.7:3001`);
  return found.href.replace(/\/+$/, '');
}
