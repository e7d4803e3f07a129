// Which fields do several contracts share: ids, texts, and what may have been erased?
import { z } from 'zod';

/** An id as it stands in a path or a body. What nobody knows is not found, not malformed. */
export const Id = z.string().min(1).max(64);

/** What the warehouse calls a thing. */
export const Sku = z.string().regex(/^[A-Z0-9-]{3,40}$/, 'capital letters, digits and hyphens');

/** One line of text of at most `charactersMax` characters, trimmed. */
export const line = (charactersMax: number) => z.string().trim().min(1).max(charactersMax);

/** What is left of a personal field once its person was erased. */
const Gone = z.object({ erased: z.literal(true) });

/** A personal field: what it was, or the mark that its person was erased. */
export const orErased = <S extends z.ZodType>(schema: S) => z.union([schema, Gone]);

export const PersonName = line(120);
export const Email = z.email().max(254);

/** One person per address: case and the ways to write an accent make no other. */
export const normalEmail = (email: string) => email.normalize('NFC').trim().toLowerCase();

/** A page of a list, from a query string: a number arrives as text. */
export const page = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  /** `next` of the page before. */
  cursor: z.string().min(1).max(64).optional(),
};
