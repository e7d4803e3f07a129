// How is every document of a collection, or of one index value, read, however many there are?
import type { Collection, Document } from './collection.ts';
import { every, type Need, where } from './need.ts';
import { runUnit, type UnitContext } from './run-unit.ts';

const PAGE = 1_000;

interface Page {
  readonly limit: number;
  readonly after: string;
}

/** Calls `each` for every document whose indexed `field` equals `value`, by id; 1,000 a read. */
export function eachWhere<T>(
  context: UnitContext,
  from: Collection<T>,
  field: keyof T & string,
  value: string | number | null,
  each: (document: Document<T>) => void,
): Promise<void> {
  return eachPaged(context, (page) => where(from, field, value, page), each);
}

/** Calls `each` for every document of a collection, by id; 1,000 a read. */
export function eachOf<T>(
  context: UnitContext,
  from: Collection<T>,
  each: (document: Document<T>) => void,
): Promise<void> {
  return eachPaged(context, (page) => every(from, page), each);
}

async function eachPaged<T>(
  context: UnitContext,
  read: (page: Page) => Need<readonly Document<T>[]>,
  each: (document: Document<T>) => void,
): Promise<void> {
  for (let after = ''; ; ) {
    const needs = () => ({ found: read({ limit: PAGE, after }) });
    const { value: found } = await runUnit(context, needs, (loaded) => ({ value: loaded.found }));
    for (const document of found) each(document);
    if (found.length < PAGE) return;
    after = found.at(-1)?.id ?? '';
  }
}
