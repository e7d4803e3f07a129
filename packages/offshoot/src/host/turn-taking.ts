// How do hosts that start on one data folder at the same time not make the same things twice?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Folder } from '../runtime/node/index.ts';

const LOOK_MS = 20;

/**
 * Waits for the lock `name` of the folder, `msMax` at most; resolves with what gives it back.
 * Rejects with DATA_FOLDER_IN_USE.
 */
export async function lockOf(
  folder: Folder,
  name: string,
  { runtime, msMax }: { readonly runtime: Runtime; readonly msMax: number },
): Promise<() => void> {
  for (const end = runtime.monotonic() + msMax; ; await runtime.sleep(LOOK_MS)) {
    const release = folder.lock(name);
    if (release) return release;
    if (runtime.monotonic() < end) continue;
    const message = `another process runs on ${folder.path}: stop it, or set OFFSHOOT_DATA to another folder`;
    throw new OffshootError('DATA_FOLDER_IN_USE', message);
  }
}

/** Runs `task` while no other process is at the same place of the same folder. */
export async function inTurn<T>(
  folder: Folder,
  name: string,
  patience: { readonly runtime: Runtime; readonly msMax: number },
  task: () => Promise<T>,
): Promise<T> {
  const release = await lockOf(folder, name, patience);
  try {
    return await task();
  } finally {
    release();
  }
}
