import { createAccountCalls } from './account-calls';
import { createEscrowCalls } from './escrow-calls';
import { createExchangeRequest, type ExchangeConnection } from './exchange-request';

/**
 * The A2A Settlement Exchange's API, one method per route (a2a-se 1.8).
 *
 * No request is retried. Every method throws `SettlementError`; only the reason of an aborted `abortSignal` is
 * thrown unchanged.
 */
export type ExchangeClient = ReturnType<typeof createExchangeClient>;

/**
 * Creates a client of one exchange.
 *
 * @throws SettlementError `NOT_CONFIGURED` if the URL or the key is not usable.
 */
export function createExchangeClient(connection: ExchangeConnection) {
  const send = createExchangeRequest(connection);

  return { ...createEscrowCalls(send), ...createAccountCalls(send) };
}
