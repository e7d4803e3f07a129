// How does a store come to a schema and leave it, and what can be asked when a crash came between?
import type { StoreMoves, StorePlace } from 'offshoot/host';
import { CONNECTION_DEFAULTS } from './connection.ts';
import { metaOf, SEALED } from './move-marks.ts';
import { postgresRowSource, type SchemaPlaceOptions, unsealed } from './row-source.ts';
import { checkFree, dropHalf, hasArrived, postgresRowTarget } from './row-target.ts';
import { inSession, type Query } from './session.ts';
import { quoted } from './sql-array.ts';

/** `placed`: which database and schema. */
export function postgresMoves(placed: (at: StorePlace) => SchemaPlaceOptions): StoreMoves {
  const asking = <T>(at: StorePlace, ask: (query: Query, schema: string) => Promise<T>) => {
    const { schema, ...rest } = placed(at);
    return inSession({ ...rest, limits: CONNECTION_DEFAULTS }, (query) => ask(query, schema));
  };
  const seals = async (query: Query, schema: string, id: string): Promise<boolean> => {
    const text = await metaOf(query, schema, SEALED);
    return text !== undefined && JSON.parse(text).id === id;
  };
  return {
    source: async (at) => postgresRowSource(placed(at)),
    check: (at, identity) =>
      asking(at, async (query, schema) => {
        await checkFree(query, schema, identity);
      }),
    target: async (at, { id, facts }) =>
      postgresRowTarget({ ...placed(at), collections: at.collections, id, facts }),
    took: (at, id) =>
      asking(at, async (query, schema) => {
        await dropHalf(query, schema, id);
        return hasArrived(query, schema, id);
      }),
    isSealed: (at, id) => asking(at, (query, schema) => seals(query, schema, id)),
    unseal: (at, id) =>
      asking(at, async (query, schema) => {
        if (!(await seals(query, schema, id))) return;
        await query(`SET search_path TO ${quoted(schema)}`);
        await unsealed(query, id);
      }),
  };
}
