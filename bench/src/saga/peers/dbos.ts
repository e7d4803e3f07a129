// The same three steps as a DBOS workflow on PostgreSQL.
import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Contender } from '../../contender.ts';
import { freshDatabase, NO_POSTGRES } from '../../servers/postgres.ts';

const nothing = async () => ({ done: true });

const journey = DBOS.registerWorkflow(
  async (_trip: string) => {
    await DBOS.runStep(nothing, { name: 'plan' });
    await DBOS.runStep(nothing, { name: 'book' });
    await DBOS.runStep(nothing, { name: 'confirm' });
  },
  { name: 'journey' },
);

export const dbosSaga: Contender = {
  name: 'DBOS, PostgreSQL',
  async open() {
    const systemDatabaseUrl = await freshDatabase('dbos');
    if (!systemDatabaseUrl) return { missing: NO_POSTGRES };
    DBOS.setConfig({
      name: 'bench',
      systemDatabaseUrl,
      logLevel: 'error',
      runAdminServer: false,
    });
    await DBOS.launch();
    return {
      run: (index) => journey(`trip-${index}`),
      close: () => DBOS.shutdown(),
    };
  },
};
