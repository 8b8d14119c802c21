import { onDemand } from '../../internal/on-demand';
import {
  type Hold,
  type MessageDecoration,
  type PriceOffer,
  SettlementError,
  type SettlementRail,
} from '../rail';
import { assertExchangeRailOptions, type ExchangeRailOptions } from './exchange-rail-options';
import { ExchangeClock } from './exchange-clock';
import { exchangeBaseUrl } from './exchange-url';
import { idempotencyKey } from './idempotency-key';
import {
  DEFAULT_EXCHANGE_URL,
  describeExchange,
  findExchangeUrl,
  loadExchangeApiKey,
  loadExchangeUrl,
} from './exchange-settings';
import { readAgentTerms } from './read-agent-terms';
import {
  canonicalExchangeUrl,
  MAX_ESCROW_AMOUNT,
  RAIL_NAME,
  readProposal,
  readReportedUse,
  SETTLEMENT_EXTENSION_URI,
  SETTLEMENT_METADATA_KEY,
} from './schemas';
import type { EscrowSettling } from './create-escrow-settling';

/** Counts whole tokens, and its payer settles at once. */
export interface ExchangeRail extends SettlementRail, EscrowSettling {
  hold(...call: Parameters<SettlementRail['hold']>): Promise<Hold<number>>;
  release: EscrowSettling['release'];
  refund: EscrowSettling['refund'];
  dispute: EscrowSettling['dispute'];
  decorate(...call: Parameters<SettlementRail['decorate']>): MessageDecoration;
}

/**
 * Pays through the A2A Settlement Exchange: tokens are held in escrow, then released to the agent or refunded,
 * by the payer.
 *
 * The environment is read on each method call. The API key is sent to the configured exchange only, whatever
 * URL a card or a hold names.
 *
 * @throws InvalidArgumentError for unknown or invalid options, including an `exchangeUrl` that is not usable.
 */
export function exchangeRail(options: ExchangeRailOptions = {}): ExchangeRail {
  assertExchangeRailOptions(options);
  const clocks = new Map<string, ExchangeClock>();
  let notice: 'none' | 'due' | 'told' = 'none';

  let last: { url: string; clock: ExchangeClock } | undefined;

  const clockOf = (url: string): ExchangeClock => {
    // A settled call asks for the time often, and the configuration hardly ever changes.
    if (last?.url === url) return last.clock;
    const key = canonicalExchangeUrl(url);
    const clock = clocks.get(key) ?? new ExchangeClock();
    clocks.set(key, clock);
    last = { url, clock };
    return clock;
  };

  const configuration = () => {
    const apiKey = loadExchangeApiKey(options.apiKey);
    const configured = findExchangeUrl(options.exchangeUrl);
    if (configured === undefined && notice === 'none') notice = 'due';
    const url = configured ?? DEFAULT_EXCHANGE_URL;
    return { apiKey, url, clock: clockOf(url) };
  };

  const load = onDemand('the exchange', async () => {
    const { createExchangeEscrows } = await loadEscrows();
    return createExchangeEscrows(options, configuration);
  });
  const escrows = () => load().catch(throwAsSettlementError);

  return {
    name: RAIL_NAME,
    capabilities: {
      capturedBy: 'payer',
      partialRelease: true,
      maxAmount: MAX_ESCROW_AMOUNT,
    },

    load: async () => void (await escrows()),

    assertConfigured() {
      loadExchangeApiKey(options.apiKey);
      exchangeBaseUrl(loadExchangeUrl(options.exchangeUrl));
    },

    notice() {
      if (notice !== 'due') return undefined;
      notice = 'told';
      return `A2A_EXCHANGE_URL is not set, so your API key was sent to the public sandbox ${DEFAULT_EXCHANGE_URL}. Set A2A_EXCHANGE_URL to your exchange, or to that URL to use the sandbox.`;
    },

    terms(agentCard, { skill }) {
      const exchangeUrl = loadExchangeUrl(options.exchangeUrl);
      const terms = readAgentTerms(agentCard, { exchangeUrl, skill });
      return terms?.elsewhere === undefined
        ? terms
        : { ...terms, here: describeExchange(options.exchangeUrl) };
    },

    hold: async (...call) => (await escrows()).hold(...call),
    release: async (...call) => (await escrows()).release(...call),
    refund: async (...call) => (await escrows()).refund(...call),
    dispute: async (...call) => (await escrows()).dispute(...call),
    find: async (...call) => (await escrows()).find(...call),
    findMany: async (...call) => (await escrows()).findMany(...call),
    look: async (...call) => (await escrows()).look(...call),
    listGroup: async (...call) => (await escrows()).listGroup(...call),
    listHeld: async (...call) => (await escrows()).listHeld(...call),
    balance: async (...call) => (await escrows()).balance(...call),

    reportedUse: readReportedUse,

    now() {
      const clock = clockOf(loadExchangeUrl(options.exchangeUrl));
      return clock.isKnown ? clock.now() : undefined;
    },

    seal: async (id) => idempotencyKey({ apiKey: configuration().apiKey, operation: 'seal', id }),

    decorate,
    decorateOffer,
    proposal: readProposal,
  };
}

const loadEscrows = /* @__PURE__ */ onDemand('the exchange', () => import('./exchange-escrows'));

/** The code could not be loaded, so nothing was sent. */
function throwAsSettlementError(cause: Error): never {
  throw new SettlementError({
    code: 'NETWORK',
    message: cause.message,
    cause,
    isRetryable: true,
    isDispatched: false,
  });
}

/** Adds the escrow to a message for the agent. */
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
