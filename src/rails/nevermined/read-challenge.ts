import { isRecord } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import type { AgentAnswer, PaymentChallenge } from '../rail';
import { readBase64Json } from './access-token';
import { CREDITS } from './read-agent-terms';
import { paymentRequiredSchema, X402_METADATA } from './schemas';

/** The fields of a payment request that a token needs. */
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
 * Reads an agent's payment request: from the metadata of a waiting task, otherwise from the header of an HTTP
 * 402. Only Nevermined's own schemes are read; others belong to other rails.
 *
 * @param creditsOf The price per call on the agent's card. A payment request contains no amount; without a
 * card, one credit is assumed, which is what sellers verify.
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
      // A seller with several plans sends an empty plan id: the card lists them.
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
