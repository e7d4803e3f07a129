// Does every call end, once, with its own reply, whatever happens on either side?
import assert from 'node:assert/strict';
import type { Callee } from '../../rpc/index.ts';
import type { Check } from '../check.ts';
import type { OpenTransport, TransportFeatures } from '../transport-under-test.ts';
import { atBakery, codeOf, echo, output, outputOf } from './scene.ts';

const MANY = 200;
const LETTERS = 200_000;
const GRACE_MS = 2_000;

const bug = (): never => {
  throw new TypeError('x is undefined');
};

/** A callee that never answers, and tells when its caller is gone. */
function silent(): { callee: Callee; begun: Promise<void>; gone: Promise<void> } {
  const begun = Promise.withResolvers<void>();
  const gone = Promise.withResolvers<void>();
  const callee: Callee = ({ signal }) => {
    signal?.addEventListener('abort', () => gone.resolve());
    begun.resolve();
    return new Promise(() => {});
  };
  return { callee, begun: begun.promise, gone: gone.promise };
}

export const endings = (open: OpenTransport, features: TransportFeatures): Check[] => [
  {
    name: 'a service that is not there is NO_HEALTHY_INSTANCE',
    run: atBakery(open, echo, async ({ ask }) => {
      for (const service of ['butcher', 'toString', '__proto__'])
        assert.equal(codeOf(await ask({ service })), 'NO_HEALTHY_INSTANCE');
    }),
  },
  {
    name: 'a callee that throws or rejects is an error reply, never a rejection',
    run: async () => {
      for (const callee of [bug, async () => bug()])
        await atBakery(open, callee, async ({ ask }) => {
          assert.equal(codeOf(await ask()), 'INTERNAL_ERROR');
        })();
    },
  },
  {
    name: 'an input that is no JSON is an error reply',
    run: atBakery(open, echo, async ({ ask }) => {
      assert.equal(codeOf(await ask({ input: { n: 10n } })), 'INTERNAL_ERROR');
      assert.equal(outputOf(await ask({ input: 1 })), 1);
    }),
  },
  {
    name: 'trap 6: the deadline is kept, also when the callee never answers',
    run: async () => {
      const { callee } = silent();
      await atBakery(open, callee, async ({ ask }) => {
        const before = performance.now();
        assert.equal(codeOf(await ask({ headers: { deadlineMs: 30 } })), 'DEADLINE_EXCEEDED');
        const tookMs = performance.now() - before;
        assert.ok(tookMs >= 25 && tookMs < GRACE_MS, `${tookMs} ms`);
      })();
    },
  },
  {
    name: 'who gives up gets an availability error at once, and the callee learns of it',
    run: async () => {
      const { callee, begun, gone } = silent();
      await atBakery(open, callee, async ({ ask }) => {
        const abort = new AbortController();
        const reply = ask({ signal: abort.signal });
        await begun;
        abort.abort();
        assert.equal(codeOf(await reply), 'UNAVAILABLE');
        await gone;
      })();
    },
  },
  {
    name: 'who gave up before asking asks nobody',
    run: async () => {
      let calls = 0;
      const callee: Callee = async () => {
        calls += 1;
        return output(calls);
      };
      await atBakery(open, callee, async ({ ask }) => {
        assert.equal(codeOf(await ask({ signal: AbortSignal.abort() })), 'UNAVAILABLE');
        assert.equal(outputOf(await ask()), 1);
      })();
    },
  },
  {
    name: 'each of many calls in flight gets its own reply, whichever is first',
    run: async () => {
      const waiting: (() => void)[] = [];
      const callee: Callee = async ({ input }) => {
        const all = waiting.length === MANY - 1;
        const turn = new Promise<void>((go) => waiting.push(go));
        if (all) for (const go of waiting.reverse()) go();
        await turn;
        return output(input);
      };
      await atBakery(open, callee, async ({ ask }) => {
        const asked = Array.from({ length: MANY }, (_, n) => ask({ input: n }));
        const values = (await Promise.all(asked)).map(outputOf);
        assert.deepEqual(values, [...values.keys()]);
      })();
    },
  },
  {
    name: 'a call that hangs holds nobody else back',
    run: async () => {
      const callee: Callee = ({ input }) =>
        input === 'hang' ? new Promise(() => {}) : Promise.resolve(output(input));
      await atBakery(open, callee, async ({ ask }) => {
        const hanging = ask({ input: 'hang', headers: { deadlineMs: 500 } });
        for (let n = 0; n < 20; n += 1) assert.equal(outputOf(await ask({ input: n })), n);
        assert.equal(codeOf(await hanging), 'DEADLINE_EXCEEDED');
      })();
    },
  },
  {
    name: 'large inputs and replies arrive whole, beside small ones',
    run: atBakery(open, echo, async ({ ask }) => {
      const large = Array.from({ length: 8 }, (_, n) => `${n}ü`.repeat(LETTERS / 4));
      const asked = large.flatMap((input, n) => [ask({ input }), ask({ input: n })]);
      const values = (await Promise.all(asked)).map(outputOf);
      assert.deepEqual(
        values,
        large.flatMap((input, n) => [input, n]),
      );
    }),
  },
  ...(features.inputBytesMax ? [bounded(open, features.inputBytesMax)] : []),
  ...(features.isWire ? [mortal(open)] : []),
];

const bounded = (open: OpenTransport, bytesMax: number): Check => ({
  name: 'an input that is too large is refused, and the next call goes through',
  run: atBakery(open, echo, async ({ ask }) => {
    assert.equal(codeOf(await ask({ input: 'x'.repeat(bytesMax) })), 'BODY_TOO_LARGE');
    assert.equal(codeOf(await ask({ input: 'é'.repeat(bytesMax * 0.6) })), 'BODY_TOO_LARGE');
    assert.equal(outputOf(await ask({ input: 1 })), 1);
  }),
});

const mortal = (open: OpenTransport): Check => ({
  name: 'when the other side dies its calls are UNAVAILABLE, those in flight and those after',
  run: async () => {
    const { callee, begun } = silent();
    await atBakery(open, callee, async ({ ask, kill }) => {
      const reply = ask();
      await begun;
      await kill();
      assert.equal(codeOf(await reply), 'UNAVAILABLE');
      assert.equal(codeOf(await ask()), 'UNAVAILABLE');
    })();
  },
});
