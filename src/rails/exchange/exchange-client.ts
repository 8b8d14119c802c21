import { createAccountCalls } from './account-calls';
import { createEscrowCalls } from './escrow-calls';
import { createExchangeRequest, type ExchangeConnection } from './exchange-request';

/**
 * The A2A Settlement Exchange's API, one method a route (a2a-se 1.8).
 *
 * Nothing is retried here. Every method throws `SettlementError`; only an abort by `abortSignal` is
 * thrown as it is.
 */
export type ExchangeClient = ReturnType<typeof createExchangeClient>;

/**
 * Creates a client of one exchange.
 *
 * @throws SettlementError `NOT_CONFIGURED` when the URL or the key cannot be used.
 */
export function createExchangeClient(connection: ExchangeConnection) {
  const send = createExchangeRequest(connection);

  return { ...createEscrowCalls(send), ...createAccountCalls(send) };
}
