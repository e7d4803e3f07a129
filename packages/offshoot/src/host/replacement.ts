// How are several files replaced so that a crash leaves all of them old or all of them new?
import { OffshootError } from '../error/index.ts';
import type { Files } from '../runtime/node/index.ts';

/** What is to be done, durable before the first file moves. Names are of the data folder. */
export interface Replacement {
  /** Folder with the new files, each under its final name. */
  readonly from: string;
  /** Folder that the old files go to. */
  readonly aside: string;
  readonly names: readonly string[];
}

/** There while files are being replaced: whoever finds it goes on where the last one stopped. */
export const REPLACEMENT_FILE = 'restore.json';
/** A database's main file goes last: the others say nothing without it. */
const PARTS = ['-wal', '-shm', ''];

/** Replaces the files. Before the plan is written nothing has changed; after it, all of it will. */
export function replaceFiles(files: Files, folder: string, plan: Replacement): void {
  files.write(`${folder}/${REPLACEMENT_FILE}`, `${JSON.stringify(plan, null, 2)}\n`);
  finishReplacement(files, folder);
}

/** Goes on with a replacement that a crash interrupted. True when there was one. */
export function finishReplacement(files: Files, folder: string): boolean {
  const text = files.read(`${folder}/${REPLACEMENT_FILE}`);
  if (text === undefined) return false;
  const { from, aside, names } = planOf(text, folder);
  files.makeFolder(`${folder}/${aside}`);
  for (const name of names) replaceOne(files, folder, { from, aside, name });
  files.removeTree(`${folder}/${from}`);
  files.removeTree(`${folder}/${REPLACEMENT_FILE}`);
  return true;
}

function replaceOne(
  files: Files,
  folder: string,
  { from, aside, name }: { readonly from: string; readonly aside: string; readonly name: string },
): void {
  const fresh = `${folder}/${from}/${name}`;
  if (!files.has(fresh)) return; // this one was done before
  for (const part of PARTS) {
    const old = `${folder}/${name}${part}`;
    if (files.has(old)) files.move(old, `${folder}/${aside}/${name}${part}`);
  }
  files.move(fresh, `${folder}/${name}`);
}

function planOf(text: string, folder: string): Replacement {
  try {
    return JSON.parse(text) as Replacement;
  } catch (cause) {
    const message = `${folder}/${REPLACEMENT_FILE} is not well-formed: restore once more`;
    throw new OffshootError('STORE_CORRUPT', message, { cause });
  }
}
