// How does a peer take part when its package is installed, and say so when it is not?
import type { Contender } from './contender.ts';

/** Loads a peer's contender when its turn comes: nothing of it is needed to run without peers. */
export function peer(name: string, load: () => Promise<Contender>): Contender {
  return {
    name,
    async open() {
      let contender: Contender;
      try {
        contender = await load();
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== 'ERR_MODULE_NOT_FOUND') throw error;
        return { missing: `${message.split('\n')[0]}: npm ci --prefix bench` };
      }
      return contender.open();
    },
  };
}
