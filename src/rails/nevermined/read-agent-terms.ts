import * as z from 'zod/v4';
import type { AgentTerms } from '../rail';
import { extendedAgentCardSchema, paymentExtensionSchema, x402ExtensionSchema } from './schemas';

/** The currency of credits in limits, receipts and terms. */
export const CREDITS = { code: 'credits', decimals: 0 } as const;

/** The payment terms of a card for this rail. */
export interface PaymentOffer {
  agentId: string | undefined;
  /** In the order of the card. */
  planIds: string[];
  credits: number | undefined;
}

/** Reads the payment extension of a card. Untrusted input: invalid values are ignored. */
export function readPaymentOffer(
  agentCard: unknown,
): (PaymentOffer & { required: boolean; skills: string[] }) | undefined {
  const card = extendedAgentCardSchema.safeParse(agentCard).data;
  const extension = card?.capabilities.extensions
    .map((entry) => paymentExtensionSchema.safeParse(entry))
    .find(({ success }) => success)?.data;
  if (card === undefined || extension === undefined) return undefined;
  const { planIds, planId, agentId, credits } = extension.params;
  return {
    agentId,
    planIds: [...new Set(planIds ?? (planId === undefined ? [] : [planId]))],
    credits,
    required: extension.required,
    skills: card.skills.map(({ id }) => id).filter(Boolean),
  };
}

/**
 * The payee is the agent's id, the price what the card states per call; the agent may capture more. If the
 * card only declares a2a-x402, or has no agent id, payee and price are requested from the agent.
 */
export function readAgentTerms(agentCard: unknown): AgentTerms | undefined {
  const offer = readPaymentOffer(agentCard);
  if (offer?.agentId === undefined) {
    const required = offer?.required || requiresX402(agentCard);
    return required === undefined ? undefined : { isAsked: true, currency: CREDITS, required };
  }
  const { agentId, credits, required, skills } = offer;
  return {
    payee: agentId,
    // Sellers verify at least one credit, even for free trials.
    amount: Math.max(1, credits ?? 1),
    pricingModel: 'per-request',
    currency: CREDITS,
    required,
    ...(skills.length > 0 && { skills }),
  };
}

/** Whether the card marks a2a-x402 as required. Undefined for a card without it. */
function requiresX402(agentCard: unknown): boolean | undefined {
  const extensions = extendedAgentCardSchema.safeParse(agentCard).data?.capabilities.extensions;
  return extensions
    ?.map((entry) => x402ExtensionSchema.safeParse(entry).data)
    .find((entry) => entry !== undefined)?.required;
}

/** The agent's JSON-RPC URL on its card, which version 3 tokens are bound to. */
export function readAgentUrl(agentCard: unknown): string | undefined {
  const { url, supportedInterfaces } = urlsOf(agentCard);
  const rpc = supportedInterfaces.find(({ protocolBinding }) => /^jsonrpc$/i.test(protocolBinding));
  return rpc?.url ?? url ?? supportedInterfaces[0]?.url;
}

function urlsOf(agentCard: unknown) {
  return urlsSchema.safeParse(agentCard).data ?? { url: undefined, supportedInterfaces: [] };
}

const urlsSchema = z.object({
  url: z.string().optional().catch(undefined),
  supportedInterfaces: z
    .array(z.object({ url: z.string(), protocolBinding: z.string().catch('') }))
    .catch([]),
});
