import type { AgentExecutionEvent } from '@a2a-js/sdk/server';
import * as z from 'zod/v4';
import { readReportedUse } from '../../rails/exchange/schemas';

/** The value of the work that an executor reports in its final event: `creditsUsed`. */
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
