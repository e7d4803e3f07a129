// What is asked for in the bench of calls: something that costs nothing to know.
import { anyone, contract, jsonSchema, query } from 'offshoot/contract';
import { nodeRuntime } from 'offshoot/runtime/node';
import {
  type PassportControl,
  passportControl,
  passports,
  servicePrincipal,
} from 'offshoot/security';

export interface Question {
  readonly sku: string;
  readonly quantity: number;
}
export interface Answer {
  readonly sku: string;
  readonly available: number;
}

export const QUESTION_SCHEMA = {
  type: 'object',
  required: ['sku', 'quantity'],
  additionalProperties: false,
  properties: { sku: { type: 'string' }, quantity: { type: 'integer', minimum: 1 } },
} as const;
export const ANSWER_SCHEMA = {
  type: 'object',
  required: ['sku', 'available'],
  additionalProperties: false,
  properties: { sku: { type: 'string' }, available: { type: 'integer' } },
} as const;

export const stock = contract('stock', {
  version: 1,
  operations: {
    look: query('GET /stock/{sku}', {
      input: jsonSchema<Question>(QUESTION_SCHEMA),
      output: jsonSchema<Answer>(ANSWER_SCHEMA),
      access: anyone(),
    }),
  },
  events: {},
});

export const question = (index: number): Question => ({ sku: `KIT-${index % 100}`, quantity: 3 });
export const answerTo = ({ sku }: Question): Answer => ({ sku, available: 42 });

export const runtime = nodeRuntime();
export const caller = servicePrincipal('orders');

const keyOf = (name: string) => runtime.cryptography.signingKey(runtime.cryptography.sha256(name));

/** Who calls is told by a signed token, and checked. */
export const tickets = passports({ runtime, self: 'edge', keyOf });
export const control: PassportControl = passportControl({
  ...{ runtime, keyOf, speaksForPeople: () => false },
});

/** Nobody asks who calls. */
export const openTickets: typeof tickets = () => ANYBODY;
export const openControl: PassportControl = () => caller;
const ANYBODY = { serviceToken: '' };
