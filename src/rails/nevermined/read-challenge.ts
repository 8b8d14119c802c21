import { isRecord } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import type { AgentAnswer, PaymentChallenge } from '../rail';
import { readBase64Json } from './access-token';
import { CREDITS } from './read-agent-terms';
import { paymentRequiredSchema, X402_METADATA } from './schemas';

/** What an agent asks for, as far as a token needs to know. */
const offerSchema = z.object({
  planIds: z.array(z.string()),
  scheme: z.string(),
  network: z.string(),
  resourceUrl: z.string().optional(),
});

export type NeverminedOffer = z.output<typeof offerSchema>;

export function readOffer(offer: unknown): NeverminedOffer | undefined {
  return offerSchema.safeParse(offer).data;
}

/**
 * Reads what an agent asks for: in band, in the metadata of a task that waits for it, else in the header
 * of an HTTP 402. Only Nevermined's own schemes count; others are other rails'.
 *
 * @param creditsOf What the agent's card said a call costs. A challenge names no amount; without a
 * card it is taken to be one credit, which is what sellers verify.
 */
export function readChallenge(
  answer: AgentAnswer,
  creditsOf: (agentId: string) => number | undefined,
): PaymentChallenge | undefined {
  const required = paymentRequiredSchema.safeParse(requiredOf(answer)).data;
  const accepts = required?.accepts.filter((entry) => entry !== undefined) ?? [];
  const [first] = accepts;
  const agentId = first?.extra?.agentId;
  if (first === undefined || agentId === undefined || agentId === '') return undefined;
  const { scheme, network } = first;
  const own = accepts.filter(
    (entry) => entry.extra?.agentId === agentId && entry.scheme === scheme,
  );
  const resourceUrl = required?.resource?.url;
  return {
    payee: agentId,
    amount: Math.max(1, creditsOf(agentId) ?? 1),
    currency: CREDITS,
    offer: {
      // A seller with several plans names an empty one: its card knows better.
      planIds: own.map(({ planId }) => planId).filter((planId) => planId !== ''),
      scheme,
      network,
      ...(resourceUrl !== undefined && { resourceUrl }),
    },
  };
}

function requiredOf({ metadata, headers }: AgentAnswer): unknown {
  if (isRecord(metadata) && metadata[X402_METADATA.status] === 'payment-required') {
    return metadata[X402_METADATA.required];
  }
  const header = headers?.['payment-required'];
  return header === undefined ? undefined : readBase64Json(header);
}
