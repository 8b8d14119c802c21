import type { AgentExecutionEvent } from '@a2a-js/sdk/server';
import * as z from 'zod/v4';
import { readReportedUse } from '../../rails/exchange/schemas';

/** What an executor says that its work is worth, with its last event: `creditsUsed`. */
export function readUse(event: AgentExecutionEvent): number | undefined {
  const said = [
    event.data.metadata,
    'status' in event.data && event.data.status?.message?.metadata,
  ];
  return said
    .map((metadata) => used.safeParse(metadata).data?.creditsUsed ?? readReportedUse(metadata))
    .find((value) => value !== undefined);
}

const used = z.looseObject({ creditsUsed: z.number().nonnegative() });
