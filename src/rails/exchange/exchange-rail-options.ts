import { InvalidArgumentError } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { assertOptions, flag, functionOf, number, optionsOf } from '../../internal/option-schemas';
import { SettlementError } from '../rail';
import { exchangeBaseUrl } from './exchange-url';

export interface ExchangeRailOptions {
  /** The exchange's URL. Default: `A2A_EXCHANGE_URL`, else `https://sandbox.a2a-settlement.org`. */
  exchangeUrl?: string | undefined;
  /** The payer's API key. Default: `A2A_PAYER_API_KEY`, else `A2A_API_KEY`. */
  apiKey?: string | undefined;
  /** Used for every request. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** The timeout of one request in milliseconds. Default: 15000. */
  timeoutMs?: number | undefined;
  /** Signs requests, for exchanges that require it. Default: `false`. */
  signRequests?: boolean | undefined;
}

let schema: z.ZodType | undefined;

/** @throws InvalidArgumentError naming each unknown or invalid option. */
export function assertExchangeRailOptions(options: ExchangeRailOptions): void {
  // Created on first use, not at module load: bundles that import only the provider can drop it.
  schema ??= optionsOf<ExchangeRailOptions>({
    exchangeUrl: z.string('must be a string'),
    apiKey: z.string('must be a string'),
    fetch: functionOf<typeof globalThis.fetch>(),
    timeoutMs: number('a number of milliseconds > 0', (value) => value > 0),
    signRequests: flag,
  });
  assertOptions(schema, options, { of: 'exchangeRail' });
  const { exchangeUrl = '' } = options;
  // An empty string counts as unset.
  if (exchangeUrl.trim() === '') return;
  try {
    exchangeBaseUrl(exchangeUrl);
  } catch (cause) {
    if (!SettlementError.isInstance(cause)) throw cause;
    throw new InvalidArgumentError({ argument: 'exchangeUrl', message: cause.message, cause });
  }
}
