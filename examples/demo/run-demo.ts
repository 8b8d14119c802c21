import { a2a, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { wrapLanguageModel } from 'ai';
import { type ServedSandbox, serveSandbox } from '../../src/sandbox/serve-sandbox';
import { checkFigures } from './check-figures';
import { demoCalls } from './demo-calls';
import { readBalances } from './demo-figures';
import { MoneyLog } from './money-log';
import { printLedger } from './print-ledger';
import type { Screen } from './screen';

/** Tells the story on the screen. Resolves to whether every figure is as it must be. */
export async function runDemo({
  screen,
  payerTokens = 1000,
}: {
  screen: Screen;
  payerTokens?: number;
}): Promise<boolean> {
  const sandbox = await serveSandbox({ agentDelayMs: 40, payerTokens });
  try {
    screen.heading(
      'Agents from anywhere, called with the AI SDK, paid only for what they deliver',
      [
        'An exchange holds the price in escrow before an agent works, releases it when the agent delivers,',
        'and refunds it when it does not. (Exchange and agents: a sandbox on this machine, over HTTP.)',
      ],
    );

    const before = sandbox.ledger();
    const money = new MoneyLog(screen, () => balanceOf(sandbox));
    const working = payThrough(sandbox.exchangeUrl);
    const down = payThrough(await closedExchangeUrl());
    money.listen(working);
    money.listen(down);
    for (const call of demoCalls) {
      await call({
        screen,
        money,
        agent: (name, { exchange = 'working' } = {}) =>
          wrapLanguageModel({
            model: a2a(sandbox.agents[name].url),
            middleware: (exchange === 'working' ? working : down).middleware,
          }),
      });
    }

    const after = sandbox.ledger();
    const balances = readBalances(sandbox, { before, after });
    printLedger(screen, balances);

    const wrong = checkFigures({
      calls: money.calls,
      balances,
      escrows: after.escrows.map(({ status }) => status),
    });
    if (wrong.length > 0) {
      screen.verdict(false, 'Some figures are not what they must be:');
      screen.list(wrong);
      return false;
    }
    screen.verdict(
      true,
      'No token was lost: 3 holds released, 2 refunded, none left open. Every figure was checked.',
    );
    return true;
  } finally {
    await sandbox.close();
  }

  function payThrough(exchangeUrl: string) {
    return createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: sandbox.payer.apiKey }),
      // Stated, so that variables of the shell this runs in change nothing.
      enabled: true,
      ttlMinutes: 10,
    });
  }
}

function balanceOf({ ledger, payer }: ServedSandbox): number {
  return ledger().accounts.find(({ id }) => id === payer.accountId)?.available ?? Number.NaN;
}

/** A URL on this machine where nobody listens any more. */
async function closedExchangeUrl(): Promise<string> {
  const { exchangeUrl, close } = await serveSandbox();
  await close();
  return exchangeUrl;
}
