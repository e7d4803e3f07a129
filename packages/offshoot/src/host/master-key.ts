// Where does the key come from that wraps every key of personal data?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Folder } from '../runtime/node/index.ts';
import type { Settings } from './settings.ts';
import type { SecretPlan } from './topology.ts';

const KEY_BYTES = 32;

/**
 * The master key: from the environment variable, else from the file, which is made (readable by
 * its owner only) when there is no keyring yet. Throws BAD_SETTING for a value that is no key, and
 * STORE_MISMATCH when the keyring is there and its key is gone.
 */
export function masterKey(
  plan: SecretPlan,
  keyring: string,
  { runtime, settings, folder }: { runtime: Runtime; settings: Settings; folder: Folder },
): Uint8Array {
  const given = settings.find(plan.env);
  if (given !== undefined) return decoded(given, plan.env);
  const stored = folder.read(plan.file);
  if (stored !== undefined) return decoded(stored, folder.at(plan.file));
  if (folder.has(keyring)) {
    const message = `${folder.at(keyring)} needs its master key: give back ${folder.at(plan.file)} or set ${plan.env}`;
    throw new OffshootError('STORE_MISMATCH', message);
  }
  const key = runtime.randomBytes(KEY_BYTES);
  folder.write(plan.file, `${Buffer.from(key).toString('hex')}\n`);
  return key;
}

function decoded(given: string, where: string): Uint8Array {
  const text = given.trim();
  const isHex = /^[0-9a-f]{64}$/i.test(text);
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(text);
  if (isHex) return Buffer.from(text, 'hex');
  const bytes = Buffer.from(isBase64 ? text : '', 'base64');
  if (bytes.length === KEY_BYTES) return bytes;
  const message = `${where} holds no master key: give 32 bytes as 64 hex digits or as base64`;
  throw new OffshootError('BAD_SETTING', message);
}
