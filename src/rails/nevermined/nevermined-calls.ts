import type { JSONValue } from '@ai-sdk/provider';
import { encodePathSegment } from '@ai-sdk/provider-utils';
import * as z from 'zod/v4';
import type { CallOptions } from '../rail';
import type { NeverminedDelegationTerms } from './nevermined-options';
import type { SendNeverminedRequest } from './nevermined-request';

/** The properties of a plan that are needed to pay with it. */
export interface NeverminedPlan {
  planId: string;
  name?: string | undefined;
  /** The number of credits of one order. */
  credits?: string | undefined;
  /** `nvm:erc4337`: paid with a stablecoin. `nvm:card-delegation`: paid by card. */
  scheme: 'nvm:erc4337' | 'nvm:card-delegation';
  /** For cards: `stripe`, `braintree` or `visa`. */
  cardProvider?: string | undefined;
  /** The price of one order, in the currency's smallest unit, by receiver. */
  price?: { amounts: string[]; currency?: string | undefined } | undefined;
}

/** The parameters of an access token. */
export interface TokenRequest {
  planId: string;
  agentId: string;
  scheme: string;
  network: string;
  delegationId: string;
  /** The URL that a token of version 3 is bound to. Undefined requests no binding. */
  resourceUrl: string | undefined;
}

/** The operations of Nevermined's backend, one method per route. Without retries. */
export function createNeverminedCalls(send: SendNeverminedRequest) {
  return {
    plan(planId: string, call: CallOptions = {}): Promise<NeverminedPlan> {
      return send({
        ...call,
        method: 'GET',
        path: planPath(planId),
        operation: `Look-up of plan ${short(planId)}`,
        withoutKey: true,
        schema: planSchema.transform((plan) => ({ ...plan, planId })),
      });
    },

    /** Whole credits. */
    balance(planId: string, address: string, call: CallOptions = {}): Promise<bigint> {
      return send({
        ...call,
        method: 'GET',
        path: `${planPath(planId)}/balance/${encodePathSegment(address)}`,
        operation: `Balance of plan ${short(planId)}`,
        withoutKey: true,
        schema: balanceSchema,
      });
    },

    order(planId: string, call: CallOptions = {}) {
      return send({
        ...call,
        method: 'POST',
        path: `${planPath(planId)}/order`,
        operation: `Order of plan ${short(planId)}`,
        schema: orderSchema,
      });
    },

    /** Starts a card checkout. The result is for Stripe's checkout page. */
    checkout(planId: string, call: CallOptions = {}) {
      return send({
        ...call,
        method: 'POST',
        path: '/fiat/stripe/payment',
        operation: `Checkout of plan ${short(planId)}`,
        body: { sessionType: 'embedded', planId },
        schema: z.record(z.string(), jsonSchema),
      });
    },

    createDelegation(
      terms: Omit<NeverminedDelegationTerms, 'provider'> & { provider: string },
      call: CallOptions = {},
    ): Promise<string> {
      return send({
        ...call,
        method: 'POST',
        path: '/delegation/create',
        operation: 'Creation of a delegation',
        body: terms,
        schema: z.object({ delegationId: z.string().min(1) }).transform((it) => it.delegationId),
      });
    },

    /** The expiry of a delegation. Undefined if the backend does not report it. */
    delegationEnd(id: string, call: CallOptions = {}): Promise<Date | undefined> {
      return send({
        ...call,
        method: 'GET',
        path: '/delegation',
        operation: 'List of delegations',
        schema: delegationsSchema.transform(
          (delegations) => delegations.find((delegation) => delegation?.id === id)?.expiresAt,
        ),
      });
    },

    mint(request: TokenRequest, call: CallOptions = {}): Promise<string> {
      const { planId, agentId, scheme, network, delegationId, resourceUrl } = request;
      const isBound = resourceUrl !== undefined;
      return send({
        ...call,
        method: 'POST',
        path: '/x402/permissions',
        operation: `Access token of plan ${short(planId)}`,
        body: {
          accepted: {
            scheme,
            network,
            planId,
            extra: { agentId, ...(isBound && { httpVerb: 'POST' }) },
          },
          // A version 2 token would ignore these fields.
          ...(isBound && { resource: { url: resourceUrl }, tokenVersion: 3 }),
          delegationConfig: { delegationId },
        },
        schema: z.object({ accessToken: z.string().min(1) }).transform((it) => it.accessToken),
      });
    },
  };
}

export type NeverminedCalls = ReturnType<typeof createNeverminedCalls>;

/** Ids have up to 78 digits: a prefix identifies one. */
function short(planId: string): string {
  return planId.length > 24 ? `${planId.slice(0, 8)}…${planId.slice(-6)}` : planId;
}

function planPath(planId: string): string {
  return `/protocol/plans/${encodePathSegment(planId)}`;
}

const jsonSchema = z.custom<JSONValue>(() => true);
const maybeText = z.string().nullish().catch(undefined);
const numeric = z
  .union([z.string().regex(/^\d{1,78}$/), z.number().int().nonnegative()])
  .transform(String);

const planSchema = z
  .object({
    registry: z
      .object({
        price: z
          .object({
            isCrypto: z.boolean().nullish().catch(undefined),
            amounts: z.array(numeric).catch([]),
            currency: maybeText,
          })
          .nullish()
          .catch(undefined),
        credits: z
          .object({ amount: numeric.optional().catch(undefined) })
          .nullish()
          .catch(undefined),
      })
      .nullish()
      .catch(undefined),
    metadata: z
      .object({
        main: z.object({ name: maybeText }).nullish().catch(undefined),
        plan: z.object({ fiatPaymentProvider: maybeText }).nullish().catch(undefined),
      })
      .nullish()
      .catch(undefined),
  })
  .transform(({ registry, metadata }) => ({
    name: metadata?.main?.name ?? undefined,
    credits: registry?.credits?.amount,
    scheme:
      registry?.price?.isCrypto === false
        ? ('nvm:card-delegation' as const)
        : ('nvm:erc4337' as const),
    cardProvider: metadata?.plan?.fiatPaymentProvider ?? undefined,
    price: registry?.price
      ? { amounts: registry.price.amounts, currency: registry.price.currency ?? undefined }
      : undefined,
  }));

const balanceSchema = z.object({ balance: numeric }).transform(({ balance }) => BigInt(balance));

const orderSchema = z
  .object({ success: z.literal(true), txHash: maybeText })
  .transform(({ txHash }) => ({ transaction: txHash ?? undefined }));

const delegationsSchema = z.array(
  z
    .object({ id: z.string(), expiresAt: z.iso.datetime().transform((text) => new Date(text)) })
    .optional()
    .catch(undefined),
);
