import { AISDKError } from '@ai-sdk/provider';
import type { AgentCard } from '../agent';
import { selectInterface } from '../provider/agent/select-interface';
import { createA2A } from '../provider/a2a-provider';
import { NEVERMINED_EXTENSION_URI } from '../rails/nevermined/schemas';
import { readAgentTerms } from '../rails/exchange/read-agent-terms';
import { MAX_ESCROW_AMOUNT } from '../rails/exchange/schemas';
import { shownExchangeUrl } from '../rails/exchange/exchange-url';
import { SettlementError, type AgentTerms } from '../rails/rail';
import { X402_EXTENSION_URIS } from '../rails/x402/schemas';
import { resolvePrice } from '../settlement/plan/resolve-price';
import type { CliContext } from './cli-context';
import { type Check, type ExchangeFound, ok, topUp, wordsOf, wrong } from './diagnose-exchange';

/** Checks an agent's card and URL, its payee, its price, and the limits of the environment. */
export async function* diagnoseAgent(
  agent: string,
  found: ExchangeFound | undefined,
  context: CliContext,
): AsyncGenerator<Check> {
  const { fetch } = context;
  let card: AgentCard | undefined;
  try {
    card = await createA2A(fetch === undefined ? {} : { fetch })(agent).agentCard();
  } catch (error) {
    if (!AISDKError.isInstance(error)) throw error;
    yield wrong('card', error.message);
    return;
  }
  if (card === undefined) return;
  yield ok('card', `${card.name}: ${card.skills.map(({ id }) => id).join(', ') || 'no skills'}`);
  yield checkAddress(card, agent);

  if (found === undefined) {
    yield {
      name: 'payee',
      status: 'skipped',
      message: 'not checked, nor price and limits: the exchange or the key is wrong',
    };
    return;
  }
  const terms = readAgentTerms(card, { exchangeUrl: found.url });
  const payee = await checkPayee({ agent, card, terms, found });
  yield payee;
  if (payee.status === 'ok') yield* checkPrice({ agent, terms, found, context });
}

/** The URL of an agent, and the one that its card was registered with. */
function checkAddress(card: AgentCard, agent: string): Check {
  try {
    const { supportedInterfaces } = selectInterface(card, {
      agent,
      url: agent,
      protocol: 'auto',
      trustCardUrl: false,
    });
    return ok('address', `calls go to ${supportedInterfaces[0]?.url}`);
  } catch (error) {
    if (!AISDKError.isInstance(error)) throw error;
    return wrong('address', error.message);
  }
}

async function checkPayee({
  agent,
  card,
  terms,
  found: { client, accountId, url },
}: {
  agent: string;
  card: AgentCard;
  terms: AgentTerms<number> | undefined;
  found: ExchangeFound;
}): Promise<Check> {
  const exchange = shownExchangeUrl(url);
  const payee = terms?.payee;
  if (payee === undefined) {
    return wrong(
      'payee',
      terms?.elsewhere === undefined
        ? `the card has no account on ${exchange}. ${adviceWithoutAccount(card, agent)}`
        : `the card has an account on ${terms.elsewhere.join(', ')}, not on ${exchange}. Set A2A_EXCHANGE_URL to the agent's exchange, or agents["${agent}"].accountId to its account on yours.`,
    );
  }
  if (payee === accountId) {
    return wrong(
      'payee',
      'the key belongs to the account of the agent itself. Payer and agent need two accounts: npx ai-sdk-a2a-settlement register',
    );
  }
  try {
    const { botName, status = 'active' } = await client.account(payee);
    return status === 'active'
      ? ok('payee', `account ${payee} ("${botName}")`)
      : wrong(
          'payee',
          `account ${payee} is ${status}. The agent has to settle this with the exchange.`,
        );
  } catch (error) {
    if (SettlementError.isInstance(error) && error.code === 'NOT_FOUND') {
      return wrong(
        'payee',
        `account ${payee} on the card is not registered on ${exchange}. Is A2A_EXCHANGE_URL the agent's exchange? Else who runs the agent has to register it.`,
      );
    }
    return wrong('payee', wordsOf(error));
  }
}

function adviceWithoutAccount(card: AgentCard, agent: string): string {
  const uris = card.capabilities?.extensions.map(({ uri }) => uri) ?? [];
  const x402 = X402_EXTENSION_URIS.some((uri) => uris.includes(uri));
  const rails = [
    ...(x402 ? ['x402'] : []),
    ...(uris.includes(NEVERMINED_EXTENSION_URI) ? ['nevermined'] : []),
  ];
  return rails.length === 0
    ? `If the agent has one, set agents["${agent}"].accountId; else calls of it are unpaid.`
    : `The agent is paid through ${rails.join(' or ')}: createSettlement({ rails: [${rails.map((rail) => `${rail}(…)`).join(', ')}, exchangeRail()], limits }).`;
}

async function* checkPrice({
  agent,
  terms,
  found: { available },
  context: { env },
}: {
  agent: string;
  terms: AgentTerms<number> | undefined;
  found: ExchangeFound;
  context: CliContext;
}): AsyncGenerator<Check> {
  const off = ['false', '0', 'no', 'off'].includes(
    env['A2A_SETTLEMENT_ENABLED']?.trim().toLowerCase() ?? '',
  );
  const variables = ['A2A_DEFAULT_TOKENS_PER_CALL', 'A2A_MAX_TOKENS_PER_CALL'].map((name) => ({
    name,
    text: env[name]?.trim() || undefined,
  }));
  const misspelt = variables.filter(({ text }) => text !== undefined && !/^[1-9]\d*$/.test(text));
  for (const { name, text } of misspelt) {
    yield wrong('price', `${name} is "${text}", which is not a whole number >= 1. Correct it.`);
  }
  if (misspelt.length > 0) return;
  const [tokens, ceiling] = variables.map(({ text }) => text);
  const defaultTokens = Number(tokens ?? 10);
  try {
    const { amount, dearestSkill } = await resolvePrice(
      { agent, ...(terms !== undefined && { terms }) },
      {
        own: {},
        common: ceiling === undefined ? {} : { maxTokensPerCall: Number(ceiling) },
        defaultTokens,
        limitPerCall: undefined,
        maxAmount: MAX_ESCROW_AMOUNT,
      },
    );
    const source =
      terms?.amount === undefined && terms?.prices === undefined
        ? 'the card has none, so this is A2A_DEFAULT_TOKENS_PER_CALL'
        : dearestSkill === undefined
          ? 'from the card'
          : `the highest on the card, of skill "${dearestSkill}"`;
    yield available > amount || amount === 0
      ? ok('price', `a call holds ${amount} tokens and a fee (${source})`)
      : wrong(
          'price',
          `a call holds ${amount} tokens and a fee (${source}), and ${available} are available. ${topUp}`,
        );
    yield off
      ? wrong(
          'limits',
          'A2A_SETTLEMENT_ENABLED switches settlement off, so all calls are unpaid. Remove it.',
        )
      : ok(
          'limits',
          ceiling === undefined
            ? `a call holds at most ${10 * defaultTokens} tokens by a card's price (A2A_MAX_TOKENS_PER_CALL is not set)`
            : `a call holds at most ${ceiling} tokens (A2A_MAX_TOKENS_PER_CALL)`,
        );
  } catch (error) {
    yield wrong('limits', wordsOf(error));
  }
}
