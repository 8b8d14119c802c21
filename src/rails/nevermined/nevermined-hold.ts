import type { JSONObject } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { type Hold, SettlementError } from '../rail';
import type { TokenRequest } from './nevermined-calls';

/** The rail name in holds of this rail. */
export const RAIL_NAME = 'nevermined';

/** The notes in a hold: the parameters of its token, never the token itself. */
export interface HoldNotes extends TokenRequest {
  version: 2 | 3;
  /** The account of the token. */
  payer: string;
}

const notesSchema = z.object({
  planId: z.string(),
  agentId: z.string(),
  scheme: z.string(),
  network: z.string(),
  delegationId: z.string(),
  resourceUrl: z.string().optional(),
  version: z.union([z.literal(2), z.literal(3)]),
  payer: z.string(),
});

/** @throws SettlementError `UNEXPECTED_ANSWER` for a hold of another rail. */
export function notesOf({ state, escrowId }: Hold): HoldNotes {
  const notes = notesSchema.safeParse(state).data;
  if (notes !== undefined) return { ...notes, resourceUrl: notes.resourceUrl };
  throw new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: `The hold ${escrowId} contains no data of the Nevermined rail.`,
    escrowId,
  });
}

export function stateOf({ resourceUrl, ...notes }: HoldNotes): JSONObject {
  return { ...notes, ...(resourceUrl !== undefined && { resourceUrl }) };
}
