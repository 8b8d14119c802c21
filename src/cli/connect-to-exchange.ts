import { createExchangeClient, type ExchangeClient } from '../rails/exchange/exchange-client';
import { type CliContext, UsageError } from './cli-context';

/** The options of all commands that use an exchange. */
export const exchangeOptions = {
  exchange: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const exchangeOptionsHelp = `  --exchange URL      the exchange (default: A2A_EXCHANGE_URL)
  --json              print JSON
`;

/** Never read from the command line, which other users of the machine can see. */
export const keyHelp = `The API key is read from A2A_PAYER_API_KEY, or else A2A_API_KEY.
`;

/** The URL that the option `--exchange` or else the environment gives. Undefined if neither does. */
export function givenExchangeUrl(
  option: string | undefined,
  { env }: CliContext,
): string | undefined {
  return (option ?? env.A2A_EXCHANGE_URL) || undefined;
}

/** @throws UsageError if neither the option nor the environment gives the URL. */
export function exchangeUrl(option: string | undefined, context: CliContext): string {
  const url = givenExchangeUrl(option, context);
  if (url === undefined) {
    throw new UsageError('No exchange: give --exchange URL or set A2A_EXCHANGE_URL.');
  }
  return url;
}

export function apiKey({ env }: CliContext): string | undefined {
  return env.A2A_PAYER_API_KEY || env.A2A_API_KEY || undefined;
}

/** @throws UsageError if the exchange or the key is not configured. */
export function connectToExchange(option: string | undefined, context: CliContext): ExchangeClient {
  const url = exchangeUrl(option, context);
  const key = apiKey(context);
  if (key === undefined) {
    throw new UsageError('No API key: set A2A_PAYER_API_KEY (or A2A_API_KEY).');
  }
  return createExchangeClient({ url, apiKey: key, fetch: context.fetch });
}
