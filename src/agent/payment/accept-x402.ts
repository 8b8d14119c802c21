import type { AgentExtension } from '@a2a-js/sdk';
import type { JSONObject } from '@ai-sdk/provider';
import { compareAmounts, fromAtomic, toAtomic } from '../../internal/decimal';
import {
  settlementReceiptSchema,
  X402_EXTENSION_URIS,
  X402_METADATA,
} from '../../rails/x402/schemas';
import type { AcceptedPayment, PaymentClaim, PaymentVerdict, Settlement } from './accepted-payment';
import { onceOf, readPayment, recallPayment } from './read-x402-payment';
import type {
  X402Offer,
  X402Payment,
  X402Requirements,
  X402ResourceServer,
} from './x402-resource-server';

export interface AcceptX402Options {
  /** Your own `x402ResourceServer`, with its schemes and facilitator. */
  server: X402ResourceServer;
  /** What may be paid: each is one offer. */
  offers: readonly X402Offer[];
  /** Whether callers that do not name a2a-x402 are refused. Default: `true`. */
  required?: boolean | undefined;
}

/**
 * Takes payments of x402, by the a2a-x402 extension: with your own `x402ResourceServer` of
 * `@x402/core/server`, its schemes and its facilitator.
 *
 * A scheme that locks or takes the money before the work lets the agent show its work as it goes on.
 * What is settled after the work (`exact` as a rule) is shown when it is paid.
 *
 * @example
 * ```ts
 * const server = new x402ResourceServer(new HTTPFacilitatorClient({ url: facilitatorUrl })).register(
 *   'eip155:8453',
 *   new ExactEvmScheme(),
 * );
 * const x402 = acceptX402({
 *   server,
 *   offers: [{ scheme: 'exact', network: 'eip155:8453', payTo: '0x…', price: '$0.25' }],
 * });
 * ```
 */
export function acceptX402({
  offers,
  required = true,
  server,
}: AcceptX402Options): AcceptedPayment {
  let known: Promise<X402Requirements[]> | undefined;

  /** Asks the facilitator once, and again after a failure. */
  const accepts = (): Promise<X402Requirements[]> => {
    known ??= build().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
  const build = async () => {
    await server.initialize();
    return (
      await Promise.all(offers.map((offer) => server.buildPaymentRequirements(offer)))
    ).flat();
  };

  const claimOf = (payment: X402Payment): PaymentClaim | undefined => {
    const once = onceOf(payment);
    if (once === undefined) return undefined;
    return {
      ...once,
      kept: toJson(payment),
      async verify() {
        try {
          const wanted = server.findMatchingRequirements(await accepts(), payment);
          if (wanted === undefined) {
            return refusal('NETWORK_MISMATCH', 'It pays for none of what was asked for.');
          }
          const { isValid, invalidReason, payer } = await server.verifyPayment(payment, wanted);
          if (!isValid) return refusal(invalidReason ?? 'INVALID_SIGNATURE', 'It is not good.');
          return await begin(payment, wanted, payer);
        } catch {
          return refusal('FACILITATOR_UNAVAILABLE', 'It could not be verified.');
        }
      },
    };
  };

  /** Locks or takes the money, where the scheme does so before the work. */
  const begin = async (
    payment: X402Payment,
    wanted: X402Requirements,
    payer: string | undefined,
  ): Promise<PaymentVerdict> => {
    const flow = server.getPaymentFlow(payment, wanted);
    const decimals = server.getAssetDecimalsForRequirements(wanted);
    const isSecured = flow !== 'authorization';
    const settleAt = async (
      phase: 'before-handler' | 'after-handler',
      amount?: string,
    ): Promise<Settlement> => {
      const overrides = amount === undefined ? undefined : { amount };
      const answer = await server
        .settlePayment(payment, wanted, undefined, undefined, overrides, phase)
        .catch(() => ({ success: false, errorReason: 'FACILITATOR_UNAVAILABLE' }));
      return settlementOf(answer, { amount: amount ?? wanted.amount, decimals });
    };
    const begun = isSecured ? await settleAt('before-handler') : undefined;
    if (begun?.status === 'unsettled') {
      return refusal(begun.reason ?? 'SETTLEMENT_FAILED', 'It could not be taken.');
    }
    return {
      verified: true,
      sale: {
        amount: fromAtomic(BigInt(wanted.amount), decimals),
        currency: currencyOf(wanted),
        ...(payer !== undefined && { payer }),
        isSecured,
        acknowledgement: { [X402_METADATA.status]: 'payment-verified' },
        async settle({ used }) {
          if (flow === 'upfront' && begun !== undefined) return begun;
          return settleAt('after-handler', partOf(wanted, used, decimals));
        },
        async cancel() {
          if (!isSecured) return undefined;
          const dispatcher = server.createPaymentCancellationDispatcher(
            payment,
            wanted,
            undefined,
            undefined,
            ['before-handler'],
          );
          const answer = await dispatcher
            .cancel({ reason: 'handler_failed' })
            .catch(() => undefined);
          return answer ? settlementOf(answer, { amount: '0', decimals }) : undefined;
        },
      },
    };
  };

  return {
    rail: 'x402',
    extensions: X402_EXTENSION_URIS.slice(0, 1).map((uri): AgentExtension => ({
      uri,
      description: 'Payment by x402.',
      required,
      params: undefined,
    })),
    async offers() {
      return (await accepts()).map(toJson);
    },
    read(request) {
      const payment = readPayment(request);
      return payment && claimOf(payment);
    },
    recall(kept) {
      const payment = recallPayment(kept);
      return payment && claimOf(payment);
    },
  };
}

function refusal(reason: string, message: string): PaymentVerdict {
  return { verified: false, reason, message };
}

/** What a facilitator answered. It is not believed beyond that it has settled at all. */
function settlementOf(
  answer: object,
  { amount, decimals }: { amount: string; decimals: number },
): Settlement {
  const receipt = settlementReceiptSchema.safeParse(answer).data;
  const metadata = { [X402_METADATA.receipts]: [toJson(answer)] };
  if (receipt?.success !== true) {
    const reason =
      typeof receipt?.['errorReason'] === 'string' ? receipt['errorReason'] : undefined;
    return { status: 'unsettled', reason: reason ?? 'SETTLEMENT_FAILED', metadata };
  }
  return {
    status: 'settled',
    amount: fromAtomic(BigInt(receipt.amount ?? amount), decimals),
    ...(receipt.transaction && { transaction: receipt.transaction }),
    metadata: { [X402_METADATA.status]: 'payment-completed', ...metadata },
  };
}

/** What is taken of the most that was signed, in the smallest unit. Undefined: all of it. */
function partOf({ amount, scheme }: X402Requirements, used: number | undefined, decimals: number) {
  if (used === undefined || scheme === 'exact') return undefined;
  const most = fromAtomic(BigInt(amount), decimals);
  const part = used.toFixed(Math.min(decimals, 20));
  return compareAmounts(part, most) >= 0 ? undefined : String(toAtomic(part, decimals));
}

/** As receipts and books name it, where the offer does not: its contract. */
function currencyOf({ asset, extra }: X402Requirements): string {
  return typeof extra['name'] === 'string' ? extra['name'] : asset;
}

/** Without members that are undefined, which no message can bear. */
function toJson(value: object): JSONObject {
  return JSON.parse(JSON.stringify(value));
}
