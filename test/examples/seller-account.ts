import { generateText, type ModelMessage, wrapLanguageModel } from 'ai';
import { createA2A, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { createExchangeClient } from '../../src/rails/exchange/exchange-client';
import { serveSandbox } from '../../src/sandbox/serve-sandbox';

/** A served exchange with the accounts of a buyer and of a seller. */
export async function serveForSellers() {
  const sandbox = await serveSandbox();
  const { exchangeUrl, payer } = sandbox;
  const exchange = createExchangeClient({ url: exchangeUrl });
  const { account, apiKey, starterTokens } = await exchange.register({
    botName: 'poet',
    developerId: 'dev',
    developerName: 'Dev',
    contactEmail: 'dev@example.com',
  });
  const settlement = createSettlement({
    rail: exchangeRail({ exchangeUrl, apiKey: payer.apiKey }),
  });
  const held = (accountId: string) => {
    const found = sandbox.ledger().accounts.find(({ id }) => id === accountId);
    return found && [found.available, found.held];
  };
  return {
    sandbox,
    seller: { accountId: account.id, apiKey, starterTokens },
    /** Buys with this package. */
    buy: (url: string, messages: ModelMessage[]) =>
      generateText({
        model: wrapLanguageModel({ model: createA2A()(url), middleware: settlement.middleware }),
        messages,
        maxRetries: 0,
      }),
    /** What is available and held: of the buyer, of the seller. */
    books: () => [held(payer.accountId), held(account.id)],
    escrows: () => sandbox.ledger().escrows.map(({ status }) => status),
  };
}
