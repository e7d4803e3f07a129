// How is every document of one index value read, however many there are?
import type { Collection, Document } from './collection.ts';
import { where } from './need.ts';
import { runUnit, type UnitContext } from './run-unit.ts';

const PAGE = 1_000;

/** Calls `each` for every document whose indexed `field` equals `value`, by id; 1,000 a read. */
export async function eachWhere<T>(
  context: UnitContext,
  from: Collection<T>,
  field: keyof T & string,
  value: string | number | null,
  each: (document: Document<T>) => void,
): Promise<void> {
  for (let after = ''; ; ) {
    const needs = () => ({ found: where(from, field, value, { limit: PAGE, after }) });
    const { value: found } = await runUnit(context, needs, (loaded) => ({ value: loaded.found }));
    for (const document of found) each(document);
    if (found.length < PAGE) return;
    after = found.at(-1)?.id ?? '';
  }
}
