import {
  type Hold,
  type MessageDecoration,
  type PriceOffer,
  SettlementError,
  type SettlementRail,
} from '../rail';
import { createEscrowCalls } from './escrow-calls';
import { createEscrowLookups, type ExchangeConnected } from './create-escrow-lookups';
import { createEscrowSettling, type EscrowSettling } from './create-escrow-settling';
import { assertAsAsked, RAIL_NAME, toHold, wholeTokens } from './escrow-to-hold';
import { ExchangeClock } from './exchange-clock';
import { assertExchangeRailOptions, type ExchangeRailOptions } from './exchange-rail-options';
import { createExchangeRequest } from './exchange-request';
import {
  DEFAULT_EXCHANGE_URL,
  describeExchange,
  findExchangeUrl,
  loadExchangeApiKey,
  loadExchangeUrl,
} from './exchange-settings';
import { exchangeBaseUrl, shownExchangeUrl } from './exchange-url';
import { idempotencyKey } from './idempotency-key';
import { readAgentTerms } from './read-agent-terms';
import {
  canonicalExchangeUrl,
  EXCHANGE_CURRENCY,
  MAX_ESCROW_AMOUNT,
  readProposal,
  readReportedUse,
  SETTLEMENT_EXTENSION_URI,
  SETTLEMENT_METADATA_KEY,
} from './schemas';

/** It counts whole tokens, and its payer settles at once. */
export interface ExchangeRail extends SettlementRail, EscrowSettling {
  hold(...call: Parameters<SettlementRail['hold']>): Promise<Hold<number>>;
  release: EscrowSettling['release'];
  refund: EscrowSettling['refund'];
  dispute: EscrowSettling['dispute'];
  decorate(...call: Parameters<SettlementRail['decorate']>): MessageDecoration;
}

/**
 * Pays through the A2A Settlement Exchange: tokens are held in escrow, then released to the agent
 * or refunded, by the payer.
 *
 * The environment is read when a method is called. The API key goes to the configured exchange only,
 * whatever URL a card or a hold names.
 *
 * @throws InvalidArgumentError for options that do not exist, or are not what they should be, an
 * `exchangeUrl` that cannot be used included.
 */
export function exchangeRail(options: ExchangeRailOptions = {}): ExchangeRail {
  assertExchangeRailOptions(options);
  const accounts = new Map<string, string>();
  const clocks = new Map<string, ExchangeClock>();
  let notice: 'none' | 'due' | 'told' = 'none';

  const clockOf = (url: string): ExchangeClock => {
    const key = canonicalExchangeUrl(url);
    const clock = clocks.get(key) ?? new ExchangeClock();
    clocks.set(key, clock);
    return clock;
  };

  const connect = (): ExchangeConnected => {
    const { fetch, timeoutMs, signRequests } = options;
    const apiKey = loadExchangeApiKey(options.apiKey);
    const configured = findExchangeUrl(options.exchangeUrl);
    if (configured === undefined && notice === 'none') notice = 'due';
    const url = configured ?? DEFAULT_EXCHANGE_URL;
    const clock = clockOf(url);
    const client = createEscrowCalls(
      createExchangeRequest({ url, apiKey, fetch, timeoutMs, signRequests, clock }),
    );
    return {
      clock,
      url: exchangeBaseUrl(url),
      client,
      keyFor: (operation, id) => idempotencyKey({ apiKey, operation, id }),
      async ownAccount(call) {
        const key = `${apiKey} ${url}`;
        const known = accounts.get(key);
        if (known !== undefined) return known;
        const { accountId } = await client.balance(call);
        accounts.set(key, accountId);
        return accountId;
      },
    };
  };

  const connectFor = (hold: Pick<Hold, 'escrowId' | 'exchangeUrl'>) => {
    const connection = connect();
    if (canonicalExchangeUrl(hold.exchangeUrl) !== canonicalExchangeUrl(connection.url)) {
      throw new SettlementError({
        code: 'NOT_CONFIGURED',
        message: `Escrow ${hold.escrowId} lives on ${shownExchangeUrl(hold.exchangeUrl)}, but the configured exchange is ${shownExchangeUrl(connection.url)}. Set A2A_EXCHANGE_URL to the former to settle it.`,
        escrowId: hold.escrowId,
      });
    }
    return connection;
  };

  return {
    name: RAIL_NAME,
    capabilities: {
      capturedBy: 'payer',
      partialRelease: true,
      maxAmount: MAX_ESCROW_AMOUNT,
    },

    assertConfigured() {
      loadExchangeApiKey(options.apiKey);
      exchangeBaseUrl(loadExchangeUrl(options.exchangeUrl));
    },

    notice() {
      if (notice !== 'due') return undefined;
      notice = 'told';
      return `A2A_EXCHANGE_URL is not set, so your API key went to the public sandbox ${DEFAULT_EXCHANGE_URL}. Set A2A_EXCHANGE_URL to your exchange, or to that address if it is the one you mean.`;
    },

    terms(agentCard, { skill }) {
      const exchangeUrl = loadExchangeUrl(options.exchangeUrl);
      const terms = readAgentTerms(agentCard, { exchangeUrl, skill });
      return terms?.elsewhere === undefined
        ? terms
        : { ...terms, here: describeExchange(options.exchangeUrl) };
    },

    async hold(request, { abortSignal } = {}) {
      const { client, url, keyFor } = connect();
      const escrow = await client.hold(
        {
          providerId: request.payee,
          amount: wholeTokens(request.amount),
          taskId: request.taskId,
          taskType: request.taskType,
          groupId: request.group,
          ttlMinutes: request.ttlMinutes,
          requiredAttestationLevel: request.requiredAttestationLevel,
        },
        { abortSignal, idempotencyKey: await keyFor('hold', request.taskId) },
      );
      assertAsAsked(escrow, request, url);
      return toHold(escrow, { taskId: request.taskId, url });
    },

    ...createEscrowSettling(connectFor),

    reportedUse: readReportedUse,

    ...createEscrowLookups(connect, connectFor),

    now() {
      const clock = clockOf(loadExchangeUrl(options.exchangeUrl));
      return clock.isKnown ? clock.now() : undefined;
    },

    seal: (text) => connect().keyFor('seal', text),

    async balance({ abortSignal } = {}) {
      const { available } = await connect().client.balance({ abortSignal });
      return [{ amount: available, currency: { code: EXCHANGE_CURRENCY, decimals: 0 } }];
    },

    decorate,
    decorateOffer,
    proposal: readProposal,
  };
}

/** Tells an agent of its escrow. */
function decorate(
  hold: Hold,
  { agreedPrice }: { agreedPrice?: number | undefined } = {},
): MessageDecoration {
  return {
    metadata: {
      [SETTLEMENT_METADATA_KEY]: {
        escrowId: hold.escrowId,
        amount: hold.amount,
        feeAmount: hold.fee,
        exchangeUrl: hold.exchangeUrl,
        expiresAt: hold.expiresAt.toISOString(),
        ...(agreedPrice !== undefined && { agreedPrice }),
      },
    },
    extensions: [SETTLEMENT_EXTENSION_URI],
  };
}

function decorateOffer(offer: PriceOffer): MessageDecoration {
  return {
    metadata: Object.keys(offer).length === 0 ? {} : { [SETTLEMENT_METADATA_KEY]: { ...offer } },
    extensions: [SETTLEMENT_EXTENSION_URI],
  };
}
