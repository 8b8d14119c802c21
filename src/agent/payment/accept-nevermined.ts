import type { AgentExtension } from '@a2a-js/sdk';
import { InvalidArgumentError, type JSONObject } from '@ai-sdk/provider';
import { isRecord } from '@ai-sdk/provider-utils';
import {
  type AccessToken,
  createNeverminedRequest,
  encodeAccessToken,
  loadNeverminedSettings,
  NEVERMINED_EXTENSION_URI,
  PAYMENT_HEADER,
  readAccessToken,
  X402_EXTENSION_URIS,
  X402_METADATA,
} from '../../rails/nevermined/schemas';
import { SettlementError } from '../../rails/rail';
import {
  type AcceptNeverminedOptions,
  assertAcceptNeverminedOptions,
} from './accept-nevermined-options';
import type { AcceptedPayment, PaidRequest, PaymentVerdict, SaleOutcome } from './accepted-payment';
import { neverminedAnswerSchema, readSettlement, readVerdict } from './nevermined-answers';
import { inWords } from './said-by-backend';

/**
 * Accepts credits of Nevermined plans: access tokens in the header `payment-signature`, or in the message.
 * Credits are redeemed when the work is done, and only then the result is sent.
 *
 * @throws InvalidArgumentError unless exactly one of `planId` and `planIds` is given; and naming each unknown
 * or invalid option.
 *
 * @example
 * ```ts
 * const nevermined = acceptNevermined({ agentId, planId, credits: 5, url: 'https://agents.example.com/baker' });
 * ```
 */
export function acceptNevermined(options: AcceptNeverminedOptions): AcceptedPayment {
  assertAcceptNeverminedOptions(options);
  const { agentId, credits, planId, required = false, tokens = [2, 3], url } = options;
  const planIds = options.planIds ?? (planId === undefined ? [] : [planId]);
  if (planIds.length === 0 || (planId !== undefined && options.planIds !== undefined)) {
    throw new InvalidArgumentError({
      argument: 'planId',
      message: 'acceptNevermined needs either `planId` or `planIds`.',
    });
  }
  const { paymentType = 'dynamic', scheme = 'nvm:erc4337' } = options;
  const networkOf = () =>
    options.network ??
    (scheme === 'nvm:erc4337' ? loadNeverminedSettings(options).network : 'stripe');
  const requirement = (plan: string, of: { scheme: string; network: string }): JSONObject => ({
    scheme: of.scheme,
    network: of.network,
    planId: plan,
    extra: { version: '1', agentId, httpVerb: 'POST' },
  });

  const ask = async (
    call: 'verify' | 'settle',
    { token }: AccessToken,
    text: string,
    maxAmount: number,
  ) => {
    const send = createNeverminedRequest(loadNeverminedSettings(options), options);
    const { accepted } = token;
    const paymentRequired = {
      x402Version: 2,
      resource: { url },
      // The backend has stored what the buyer signed.
      accepts: [requirement(accepted.planId, accepted)],
      extensions: {},
    };
    return send({
      method: 'POST',
      path: `/x402/${call}`,
      operation: `${call} a payment`,
      body: { paymentRequired, x402AccessToken: text, maxAmount: String(maxAmount) },
      schema: neverminedAnswerSchema,
    });
  };

  const settle = async (token: AccessToken, text: string, used: number): Promise<SaleOutcome> => {
    try {
      return readSettlement(await ask('settle', token, text, used), { agentId, text, token, used });
    } catch (error) {
      const reason = SettlementError.isInstance(error) ? error.code : 'SETTLEMENT_FAILED';
      return { status: 'unsettled', reason };
    }
  };

  const verify = async (token: AccessToken, text: string): Promise<PaymentVerdict> => {
    const { accepted, payload } = token.token;
    const { from } = payload.authorization;
    const { planId: plan } = accepted;
    if (!planIds.includes(plan))
      return refusal('WRONG_PLAN', 'The access token is for another plan.');
    if ((accepted.extra?.agentId ?? agentId) !== agentId) {
      return refusal('WRONG_AGENT', 'The access token is for another agent.');
    }
    if (!tokens.includes(token.version)) {
      return refusal(
        'WRONG_VERSION',
        `Access tokens of version ${token.version} are not accepted.`,
      );
    }
    try {
      const answer = await ask('verify', token, text, credits);
      const reason = readVerdict(answer, { agentId, text, token });
      if (reason !== undefined)
        return refusal(reason, `Nevermined refused the payment: ${inWords(reason)}.`);
    } catch (error) {
      const code = SettlementError.isInstance(error) ? error.code : 'UNVERIFIABLE';
      return { ...refusal(code, 'The payment could not be verified.'), error };
    }
    const charged = (used = credits) =>
      paymentType === 'fixed' ? credits : Math.min(Math.ceil(used), credits);
    return {
      verified: true,
      sale: {
        amount: credits,
        currency: 'credits',
        payer: from,
        mayStream: false,
        acknowledgement: { [X402_METADATA.status]: 'payment-verified' },
        settle: ({ used }) => settle(token, text, charged(used)),
        refund: async () => undefined,
      },
    };
  };

  const costDescription =
    options.costDescription ??
    `${paymentType === 'fixed' ? '' : 'Up to '}${credits} credits a call`;

  return {
    rail: 'nevermined',
    extensions: () => [
      {
        uri: NEVERMINED_EXTENSION_URI,
        description: costDescription,
        required,
        params: {
          paymentType,
          credits,
          agentId,
          costDescription,
          isTrialPlan: credits === 0,
          ...(planId === undefined ? { planIds: [...planIds] } : { planId }),
        },
      },
      x402Extension,
    ],
    offers: async () => planIds.map((plan) => requirement(plan, { scheme, network: networkOf() })),
    read(request) {
      const text = tokenOf(request);
      const token = text === undefined ? undefined : readAccessToken(text);
      if (text === undefined || token === undefined) return undefined;
      const ofMessage = `message:${request.taskId}:${request.message.messageId}`;
      const expiresAt = new Date(Date.now() + rememberedMs);
      // A token of version 2 pays for several calls, which cannot be distinguished from replays.
      if (token.version === 2)
        return { id: ofMessage, expiresAt, verify: () => verify(token, text) };
      const nonce = readNonce(token.token.payload.authorization.nonce);
      if (nonce === undefined) {
        const unread = refusal('INVALID_TOKEN', 'The nonce of the access token is not valid.');
        return { id: ofMessage, expiresAt, verify: async () => unread };
      }
      return { id: `${agentId}:${nonce}`, expiresAt, verify: () => verify(token, text) };
    },
  };
}

/**
 * How long a single-use token is remembered, in milliseconds. The backend redeems it only once in any case.
 */
const rememberedMs = 7 * 86_400_000;

/** A token has a few hundred characters, a nonce 66. */
const mostChars = 65_536;
const mostNonceChars = 200;

/**
 * The canonical form of a nonce: a backend that parses it as a number, or ignores case, accepts every
 * spelling as the same token. Undefined if it is not a nonce.
 */
function readNonce(nonce: unknown): string | undefined {
  if (typeof nonce === 'number') return Number.isSafeInteger(nonce) ? String(nonce) : undefined;
  if (typeof nonce !== 'string' || nonce.length > mostNonceChars) return undefined;
  const text = nonce.trim().toLowerCase();
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    return BigInt(text).toString();
  } catch {
    // 32 bytes without `0x` are the same value.
    return /^[0-9a-f]{64}$/.test(text) ? BigInt(`0x${text}`).toString() : text;
  }
}

function tokenOf({ headers, message }: PaidRequest): string | undefined {
  const inBand: unknown = message.metadata?.[X402_METADATA.payload];
  const text = isJsonObject(inBand) ? encodeAccessToken(inBand) : headers[PAYMENT_HEADER];
  return text === undefined || text.length > mostChars ? undefined : text;
}

function isJsonObject(value: unknown): value is JSONObject {
  return isRecord(value) && !Array.isArray(value);
}

const x402Extension: AgentExtension = {
  uri: X402_EXTENSION_URIS[0],
  description: 'Payment by x402.',
  required: false,
  params: undefined,
};

function refusal(reason: string, message: string) {
  return { verified: false as const, reason, message };
}
