// How do personal fields become unreadable in every log, document and event?
import { ERASED, type Personal } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { Cryptography } from '../runtime/index.ts';
import { KeyMissing, type Keyring } from './keyring.ts';

/** A personal field as stored and sent. `enc` = base64url of IV, tag and bytes. */
export interface SealedField {
  readonly enc: string;
  readonly subject: string;
  readonly keyId: string;
}

export interface Sealer {
  /**
   * Replaces the personal fields of `data` by sealed ones. Throws KeyMissing, and
   * VALIDATION_FAILED for another field that looks sealed: reading it back would fail for ever.
   */
  seal(data: unknown, personal: Personal | undefined, id: string): unknown;
  /** Opens every sealed field; a field whose key is gone reads as `Erased`. Throws KeyMissing. */
  open(data: unknown, id: string): unknown;
}

const IV = 12;
const TAG = 16;

const SHAPE = ['enc', 'subject', 'keyId'];

/** Whether a value is a personal field as it is stored. */
export function isSealed(value: unknown): value is SealedField {
  if (typeof value !== 'object' || value === null || !('enc' in value)) return false;
  const names = Object.keys(value);
  return names.length === SHAPE.length && SHAPE.every((name) => names.includes(name));
}

function refuseForgery(data: Record<string, unknown>, personal: Personal | undefined): void {
  for (const field in data)
    if (isSealed(data[field]) && !personal?.fields.includes(field))
      throw new OffshootError('VALIDATION_FAILED', `${field} looks like a sealed field`);
}

/** Seals with AES-256-GCM under the subject's key; the additional data is `<id>/<field>`. */
export function sealer(keyring: Keyring, cryptography: Cryptography): Sealer {
  const sealField = (value: unknown, subject: string, additional: string): unknown => {
    const key = keyring.find(subject);
    if (key === 'missing') throw new KeyMissing(subject);
    if (key === 'erased') return ERASED;
    const { iv, tag, bytes } = cryptography.seal(key.bytes, JSON.stringify(value), additional);
    return { enc: Buffer.concat([iv, tag, bytes]).toString('base64url'), subject, keyId: key.id };
  };
  const openField = (field: SealedField, additional: string): unknown => {
    const key = keyring.find(field.subject);
    if (key === 'missing') throw new KeyMissing(field.subject);
    if (key === 'erased') return ERASED;
    const all = Buffer.from(field.enc, 'base64url');
    const parts = {
      iv: all.subarray(0, IV),
      tag: all.subarray(IV, IV + TAG),
      bytes: all.subarray(IV + TAG),
    };
    return JSON.parse(cryptography.open(key.bytes, parts, additional));
  };
  return {
    seal(data, personal, id) {
      if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
      refuseForgery(data as Record<string, unknown>, personal);
      if (!personal) return data;
      const copy = { ...(data as Record<string, unknown>) };
      const subject = copy[personal.subject];
      for (const field of personal.fields) {
        const value = copy[field];
        if (value === null || value === undefined) continue;
        copy[field] = sealField(value, String(subject), `${id}/${field}`);
      }
      return copy;
    },
    open(data, id) {
      if (typeof data !== 'object' || data === null || Array.isArray(data)) return data;
      let copy: Record<string, unknown> | undefined;
      const fields = data as Record<string, unknown>;
      for (const field in fields) {
        const value = fields[field];
        if (!isSealed(value)) continue;
        copy ??= { ...fields };
        copy[field] = openField(value, `${id}/${field}`);
      }
      return copy ?? data;
    },
  };
}
