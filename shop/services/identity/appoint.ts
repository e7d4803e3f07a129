// Who is the first administrator? Whoever signs up with the address that the operator names.
import { commandHandler } from 'offshoot/service';
import { collection, one, put } from 'offshoot/store';
import { normalEmail } from '../../contracts/field.ts';
import { identity } from '../../contracts/identity.ts';
import { type Credential, credentials } from './credential.ts';

/** By keyed hash: who reads the store does not learn the address. */
interface Appointment {
  readonly emailHash: string;
}

const FIRST_ADMIN = 'first-admin';
const ADMIN = 'admin';

export const appointments = collection<Appointment>('appointments');
export const firstAdmin = () => one(appointments, FIRST_ADMIN);

/** The roles of an account, an appointment taken into account. */
export const rolesOf = (roles: readonly string[], emailHash: string, appointed?: Appointment) =>
  appointed?.emailHash === emailHash && !roles.includes(ADMIN) ? [...roles, ADMIN] : roles;

/**
 * Safe to repeat at every start. Naming another address later appoints that one too and takes
 * nothing from the first; an account that exists already has the role from its next token on.
 */
export const appoint = commandHandler(identity.appoint, {
  prepare: async ({ input }, reach) => ({ emailHash: reach.lookup(normalEmail(input.email)) }),
  load: ({ prepared }) => ({
    before: firstAdmin(),
    account: one(credentials, prepared.emailHash),
  }),
  decide({ prepared: { emailHash }, loaded: { before, account } }) {
    const isNew = before?.data.emailHash !== emailHash;
    const named = isNew
      ? [put(appointments, FIRST_ADMIN, { emailHash }, before?.revision ?? 0)]
      : [];
    const held = account?.data.roles ?? [];
    const roles = rolesOf(held, emailHash, { emailHash });
    const promoted: Credential[] = account && roles !== held ? [{ ...account.data, roles }] : [];
    const raised = promoted.map((one) => put(credentials, emailHash, one, account?.revision));
    return { documents: [...named, ...raised], reply: {} };
  },
});
