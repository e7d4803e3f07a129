// Which kinds of policies come along, and under which names?
import type { PolicyKind } from '../policy.ts';
import { requestId } from './request-id.ts';

/** To add one: write a file beside this one, and name it here. */
export const POLICIES: readonly PolicyKind<never>[] = [requestId];
