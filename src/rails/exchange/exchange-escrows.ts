import { EXCHANGE_CURRENCY } from '../../internal/exchange-currency';
import { type Hold, SettlementError, type SettlementRail } from '../rail';
import { createEscrowCalls } from './escrow-calls';
import { createEscrowLookups, type ExchangeConnected } from './create-escrow-lookups';
import { createEscrowSettling, type EscrowSettling } from './create-escrow-settling';
import { assertAsAsked, toHold, wholeTokens } from './escrow-to-hold';
import type { ExchangeClock } from './exchange-clock';
import type { ExchangeRailOptions } from './exchange-rail-options';
import { createExchangeRequest } from './exchange-request';
import { exchangeBaseUrl, shownExchangeUrl } from './exchange-url';
import { idempotencyKey } from './idempotency-key';
import { canonicalExchangeUrl } from './schemas';

interface EscrowMethods
  extends
    EscrowSettling,
    Required<
      Pick<SettlementRail, 'balance' | 'find' | 'findMany' | 'listGroup' | 'listHeld' | 'look'>
    > {
  hold(...call: Parameters<SettlementRail['hold']>): Promise<Hold<number>>;
}

/** The methods of an exchange rail that send requests. The rail loads them before it makes a hold. */
export function createExchangeEscrows(
  options: Pick<ExchangeRailOptions, 'fetch' | 'signRequests' | 'timeoutMs'>,
  /** The current configuration. */
  configuration: () => { apiKey: string; url: string; clock: ExchangeClock },
): EscrowMethods {
  const accounts = new Map<string, string>();

  let last: { apiKey: string; url: string; connection: ExchangeConnected } | undefined;

  /** Reads the configuration on each call, but connects again only if it has changed. */
  const connect = (): ExchangeConnected => {
    const { fetch, timeoutMs, signRequests } = options;
    const { apiKey, url, clock } = configuration();
    if (last?.apiKey === apiKey && last.url === url) return last.connection;
    const client = createEscrowCalls(
      createExchangeRequest({ url, apiKey, fetch, timeoutMs, signRequests, clock }),
    );
    const connection: ExchangeConnected = {
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
    last = { apiKey, url, connection };
    return connection;
  };

  const connectFor = (hold: Pick<Hold, 'escrowId' | 'exchangeUrl'>) => {
    const connection = connect();
    if (
      hold.exchangeUrl !== connection.url &&
      canonicalExchangeUrl(hold.exchangeUrl) !== canonicalExchangeUrl(connection.url)
    ) {
      throw new SettlementError({
        code: 'NOT_CONFIGURED',
        message: `Escrow ${hold.escrowId} is on ${shownExchangeUrl(hold.exchangeUrl)}, but the configured exchange is ${shownExchangeUrl(connection.url)}. Set A2A_EXCHANGE_URL to the former to settle it.`,
        escrowId: hold.escrowId,
      });
    }
    return connection;
  };

  return {
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

    ...createEscrowLookups(connect, connectFor),

    async balance({ abortSignal } = {}) {
      const { client } = connect();
      const { accountId, available, heldInEscrow } = await client.balance({ abortSignal });
      return [
        {
          amount: available,
          held: heldInEscrow,
          of: accountId,
          currency: { code: EXCHANGE_CURRENCY, decimals: 0 },
        },
      ];
    },
  };
}
