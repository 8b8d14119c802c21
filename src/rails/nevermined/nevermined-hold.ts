import type { JSONObject } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { type Hold, SettlementError } from '../rail';
import type { TokenRequest } from './nevermined-calls';

/** Of the holds this rail makes. */
export const RAIL_NAME = 'nevermined';

/** What a hold notes: how its token was minted, and never the token. */
export interface HoldNotes extends TokenRequest {
  version: 2 | 3;
  /** The account that the token is of. */
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

/** @throws SettlementError `UNEXPECTED_ANSWER` for a hold that is none of this rail's. */
export function notesOf({ state, escrowId }: Hold): HoldNotes {
  const notes = notesSchema.safeParse(state).data;
  if (notes !== undefined) return { ...notes, resourceUrl: notes.resourceUrl };
  throw new SettlementError({
    code: 'UNEXPECTED_ANSWER',
    message: `The hold ${escrowId} bears no notes of Nevermined's rail.`,
    escrowId,
  });
}

export function stateOf({ resourceUrl, ...notes }: HoldNotes): JSONObject {
  return { ...notes, ...(resourceUrl !== undefined && { resourceUrl }) };
}
