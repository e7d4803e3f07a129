// What is asked for while instances come and go: something that must not be asked for twice.
import { anyone, command, contract, jsonSchema } from 'offshoot/contract';
import { httpRegistry, type Registry } from 'offshoot/discovery';
import { nodeRuntime } from 'offshoot/runtime/node';
import { passportControl, passports } from 'offshoot/security';

const order = jsonSchema<{ n: number }>({
  ...{ type: 'object', required: ['n'], properties: { n: { type: 'integer' } } },
});

export const orders = contract('orders', {
  version: 1,
  operations: {
    place: command('POST /', {
      ...{ input: order, output: order, access: anyone() },
      rateLimit: 'none',
    }),
  },
  events: {},
});

export const runtime = nodeRuntime();

const keyOf = (name: string) =>
  runtime.cryptography.signingKey(runtime.cryptography.sha256(`rolling restart: ${name}`));
export const tickets = passports({ runtime, self: 'front', keyOf });
export const control = passportControl({ runtime, keyOf, speaksForPeople: () => true });

export const registryAt = (url: string): Registry => httpRegistry({ runtime, url });
