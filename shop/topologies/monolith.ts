// How does the whole shop run in one process, each service with a SQLite file of its own?
import { topology } from 'offshoot/host';
import { gateway } from '../edge/gateway.ts';
import { catalog } from '../services/catalog/service.ts';
import { identity } from '../services/identity/service.ts';
import { inventory } from '../services/inventory/service.ts';
import { smtpAdapter } from '../services/notifications/mail-smtp.ts';
import { notifications } from '../services/notifications/service.ts';
import { orders } from '../services/orders/service.ts';
import { providerAdapter } from '../services/payments/provider-http.ts';
import { payments } from '../services/payments/service.ts';
import { recommendations } from '../services/recommendations/service.ts';
import { shipping } from '../services/shipping/service.ts';
import { users } from '../services/users/service.ts';
import { seed } from './seed.ts';

export const monolith = topology({
  name: 'monolith',
  hosts: [
    {
      name: 'shop',
      services: [
        identity,
        users,
        catalog,
        orders,
        inventory,
        payments,
        shipping,
        notifications,
        recommendations,
      ],
      edge: gateway,
      listen: { port: 3000 },
    },
  ],
  store: { kind: 'sqlite' },
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
