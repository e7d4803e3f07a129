// How does an operator call any operation of a running host?
import { EXIT } from './exit-code.ts';
import { jsonOf } from './json-word.ts';
import { operator } from './operator.ts';
import { HOST_OPTIONS, verb } from './verb.ts';

const USAGE = `usage: offshoot call SERVICE.OPERATION [JSON] [options]
  --key KEY   idempotency key: the same key again has no second effect
  --data DIR  the host's data folder (default: OFFSHOOT_DATA, or .offshoot)
  --json      the whole reply on one line
  example: offshoot call orders.get '{"orderId":"…"}'`;

/** Calls as the host's operator, who may do what an administrator may. */
export default verb({
  usage: USAGE,
  options: { ...HOST_OPTIONS, key: { type: 'string' } },
  words: { min: 1, max: 2 },
  async run({ values, words: [name = '', text = '{}'] }) {
    const [service, operation] = name.split('.');
    const input = jsonOf(text);
    const ask = operator(values.data);
    const { key } = values;
    const reply = await ask('call', { service, operation, input, ...(key ? { key } : {}) });
    if (values.json) console.log(JSON.stringify(reply));
    else console.log(JSON.stringify(reply.kind === 'output' ? reply.value : reply.data, null, 2));
    if (reply.kind === 'output') return EXIT.ok;
    console.error(`offshoot: ${name} refused: ${reply.code}`);
    return EXIT.failed;
  },
});
