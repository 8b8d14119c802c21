import { a2a, createSettlement, exchangeRail } from 'ai-sdk-a2a-settlement';
import { memoryStorage, receiptStore } from 'ai-sdk-a2a-settlement/stores';
import { wrapLanguageModel } from 'ai';
import { type ServedSandbox, serveSandbox } from '../../src/sandbox/serve-sandbox';
import { checkFigures } from './check-figures';
import { demoCalls } from './demo-calls';
import { agentNames, otherNames, readBalances, readRecords } from './demo-figures';
import { MoneyLog } from './money-log';
import { openPurses } from './open-purses';
import { printLedger } from './print-ledger';
import { railCalls, sayHeld } from './rail-calls';
import { readHolds, sumsOf } from './read-holds';
import type { Screen } from './screen';

/** Runs the demo and prints it. Resolves to whether every figure has its expected value. */
export async function runDemo({
  screen,
  payerTokens = 1000,
}: {
  screen: Screen;
  payerTokens?: number;
}): Promise<boolean> {
  const sandbox = await serveSandbox({ agentDelayMs: 15, payerTokens });
  const receipts = receiptStore({ storage: memoryStorage() });
  try {
    screen.heading(
      'Agents from anywhere, called with the AI SDK, paid only for what they deliver',
      [
        'An exchange holds the price in escrow before an agent works, releases it when the agent delivers,',
        'and refunds it when it does not. Agents on other rails take what you agreed to, up to your limits.',
        '(Exchange, coins, credits and agents: a sandbox on this machine, over HTTP.)',
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
    const purses = await callOthers();

    const after = sandbox.ledger();
    const balances = readBalances(sandbox, { before, after });
    const lines = readHolds(await readRecords(receipts), ({ agent }) => nameOf(sandbox, agent));
    const holds = lines.map(({ figures }) => figures);
    const sums = sumsOf(holds);
    const { before: had, after: have } = balances['you'] ?? { before: 0, after: 0 };
    const all = { ATE: { before: `${had}`, after: `${have}` }, ...purses };
    printLedger(screen, { lines, sums, purses: all });

    const wrong = checkFigures({
      calls: money.calls,
      balances,
      escrows: after.escrows.map(({ status }) => status),
      holds,
      sums,
      purses: all,
    });
    if (wrong.length > 0) {
      screen.verdict(false, 'Some figures are not what they must be:');
      screen.list(wrong);
      return false;
    }
    screen.verdict(
      true,
      'No token was lost: the sums are what each ledger says. Every figure was checked.',
    );
    return true;
  } finally {
    await sandbox.close();
  }

  function payThrough(exchangeUrl: string) {
    return createSettlement({
      rail: exchangeRail({ exchangeUrl, apiKey: sandbox.payer.apiKey }),
      receipts,
      // Set here, so that environment variables of the shell have no effect.
      enabled: true,
      ttlMinutes: 10,
    });
  }

  /** Calls the agents of the other rails, and returns your balances there. */
  async function callOthers() {
    const { balance, options, urls } = await openPurses(sandbox);
    const read = async () => ({
      USDC: await balance('x402'),
      credits: await balance('nevermined'),
    });
    const before = await read();
    const trusting = createSettlement({ ...options, receipts });
    const checking = createSettlement({ ...options, receipts, verify: () => false });
    for (const settlement of [trusting, checking]) {
      settlement.on('held', (event) => {
        sayHeld(screen, event.receipt.currency === 'USDC' ? 'x402' : 'nevermined', event);
      });
    }
    for (const call of railCalls) {
      await call({
        screen,
        receipts,
        balance,
        agent: (name, { accepts = 'all' } = {}) =>
          wrapLanguageModel({
            model: a2a(urls[name]),
            middleware: (accepts === 'all' ? trusting : checking).middleware,
          }),
      });
    }
    const after = await read();
    return {
      USDC: { before: before.USDC, after: after.USDC },
      credits: { before: before.credits, after: after.credits },
    };
  }
}

function balanceOf({ ledger, payer }: ServedSandbox): number {
  return ledger().accounts.find(({ id }) => id === payer.accountId)?.available ?? Number.NaN;
}

/** The demo's name of the agent with this model id. */
function nameOf({ agents, nevermined, x402 }: ServedSandbox, modelId = ''): string {
  const names: Record<string, string> = {
    [agents.data.url]: agentNames.data,
    [agents.streamer.url]: agentNames.streamer,
    [agents.failing.url]: agentNames.failing,
    [agents.asker.url]: agentNames.asker,
    [agents.slow.url]: agentNames.slow,
    [x402.agentUrl]: otherNames.x402,
    [nevermined.agent.url]: otherNames.nevermined,
  };
  return names[modelId] ?? modelId;
}

/** A local URL on which no server listens. */
async function closedExchangeUrl(): Promise<string> {
  const { exchangeUrl, close } = await serveSandbox();
  await close();
  return exchangeUrl;
}
