// How is a service started in a process of its own, and its address learnt?
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ServerProcess {
  /** What the process said first: where it answers. */
  readonly place: string;
  close(): Promise<void>;
}

/** Runs a module of this folder; its first line on stdout is its place. */
export async function serverProcess(file: string, ...args: string[]): Promise<ServerProcess> {
  const path = new URL(file, import.meta.url).pathname;
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const place = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)));
  });
  return {
    place,
    close() {
      child.kill('SIGKILL');
      return ended;
    },
  };
}
