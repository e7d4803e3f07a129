// How does the whole shop run in one process, each service with a SQLite file of its own?
import { postgresStores } from '@offshoot/postgres/topology';
import { topology } from 'offshoot/host';
import { gateway } from '../edge/gateway.ts';
import { smtpAdapter } from '../services/notifications/mail-smtp.ts';
import { providerAdapter } from '../services/payments/provider-http.ts';
import { seed } from './seed.ts';
import { SERVICES } from './services.ts';

export const monolith = topology({
  name: 'monolith',
  hosts: [
    {
      name: 'shop',
      services: SERVICES,
      edge: gateway,
      listen: { port: 3000 },
    },
  ],
  store: { kind: 'sqlite' },
  destinations: [postgresStores()],
  outside: {
    provider: ({ runtime, settings }) => providerAdapter(runtime, settings.url('PROVIDER_URL')),
    mail: ({ settings }) => smtpAdapter(settings.text('SMTP_URL')),
  },
  secrets: { master: { env: 'OFFSHOOT_KEY', file: 'master.key' } },
  seed: async ({ transport, runtime, logger, settings }) => {
    const { created } = await seed(transport, runtime, settings.find('OFFSHOOT_ADMIN_EMAIL'));
    if (created > 0) logger.info('the catalogue was seeded', { created });
  },
});
