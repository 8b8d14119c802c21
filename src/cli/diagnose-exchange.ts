import * as z from 'zod/v4';
import { createExchangeClient, type ExchangeClient } from '../rails/exchange/exchange-client';
import { ExchangeClock } from '../rails/exchange/exchange-clock';
import { createExchangeRequest } from '../rails/exchange/exchange-request';
import { shownExchangeUrl } from '../rails/exchange/exchange-url';
import { SettlementError } from '../rails/rail';
import type { CliContext } from './cli-context';
import { apiKey } from './connect-to-exchange';

/** One line of a diagnosis. */
export interface Check {
  name: string;
  /** `skipped`: not known, because of something else that is wrong. */
  status: 'ok' | 'wrong' | 'skipped';
  /** What is so, and if it is wrong, what to do. */
  message: string;
}

/** What the checks of an agent need to know of the exchange. */
export interface ExchangeFound {
  url: string;
  client: ExchangeClient;
  accountId: string;
  available: number;
}

/** Checks the exchange's URL, its clock, the key and the balance. Returns undefined if one is wrong. */
export async function* diagnoseExchange(
  url: string | undefined,
  context: CliContext,
): AsyncGenerator<Check, ExchangeFound | undefined> {
  if (url === undefined) {
    yield wrong(
      'exchange',
      'none is set. Set A2A_EXCHANGE_URL or give --exchange URL; npx ai-sdk-a2a-settlement sandbox --env .env.local serves one on this machine and writes its URL.',
    );
    return undefined;
  }
  const { fetch } = context;
  const clock = new ExchangeClock();
  try {
    await createExchangeRequest({ url, fetch, clock })({
      method: 'GET',
      path: '/stats',
      operation: 'Look-up of the statistics',
      schema: z.looseObject({}),
      withoutKey: true,
    });
    yield ok('exchange', `${shownExchangeUrl(url)} answers`);
  } catch (error) {
    const words = wordsOf(error);
    yield wrong('exchange', isElsewhere(error) ? noExchangeAt(url) : words);
    return undefined;
  }
  yield checkClock(clock);

  const key = apiKey(context);
  if (key === undefined) {
    yield wrong(
      'key',
      'A2A_PAYER_API_KEY is not set. npx ai-sdk-a2a-settlement register --name NAME --email ADDRESS opens an account and prints its key.',
    );
    return undefined;
  }
  try {
    const client = createExchangeClient({ url, apiKey: key, fetch, clock });
    const { accountId, available, heldInEscrow } = await client.balance();
    yield ok('key', `of account ${accountId}`);
    yield available > 0
      ? ok('balance', `${available} tokens are available, ${heldInEscrow} are held`)
      : wrong('balance', `no tokens are available, ${heldInEscrow} are held. ${topUp}`);
    return { url, client, accountId, available };
  } catch (error) {
    yield wrong('key', wordsOf(error));
    return undefined;
  }
}

/** Every exchange has this path: whoever does not know it is none. */
function isElsewhere(error: unknown): boolean {
  return SettlementError.isInstance(error) && [404, 405].includes(error.statusCode ?? 0);
}

function noExchangeAt(url: string): string {
  return `no exchange answers at ${shownExchangeUrl(url)}, but something else does. Is it the URL of an agent? Set A2A_EXCHANGE_URL, or --exchange, to the URL of the exchange.`;
}

export const topUp = 'Add some: npx ai-sdk-a2a-settlement deposit AMOUNT';

/** Exchanges accept signed requests within five minutes of their own time. */
const MOST_SKEW_MS = 300_000;

function checkClock(clock: ExchangeClock): Check {
  if (!clock.isKnown) {
    return { name: 'clock', status: 'skipped', message: 'the exchange does not tell its time' };
  }
  const ahead = Date.now() - clock.now();
  const seconds = Math.round(Math.abs(ahead) / 1000);
  if (seconds === 0) return ok('clock', "agrees with the exchange's");
  const differs = `this machine's is ${seconds} seconds ${ahead > 0 ? 'ahead of' : 'behind'} the exchange's`;
  return seconds * 1000 < MOST_SKEW_MS
    ? ok('clock', differs)
    : wrong('clock', `${differs}. Correct it, for example with NTP: signed requests are refused.`);
}

export function ok(name: string, message: string): Check {
  return { name, status: 'ok', message };
}

export function wrong(name: string, message: string): Check {
  return { name, status: 'wrong', message };
}

/** @throws errors that are no result of a check. */
export function wordsOf(error: unknown): string {
  if (SettlementError.isInstance(error)) return error.message;
  throw error;
}
