import { InvalidArgumentError } from '@ai-sdk/provider';
import * as z from 'zod/v4';
import { assertOptions, flag, functionOf, number, optionsOf } from '../../internal/option-schemas';
import { SettlementError } from '../rail';
import { exchangeBaseUrl } from './exchange-url';

export interface ExchangeRailOptions {
  /** Default: `A2A_EXCHANGE_URL`, else `https://sandbox.a2a-settlement.org`. */
  exchangeUrl?: string | undefined;
  /** The payer's key. Default: `A2A_PAYER_API_KEY`, else `A2A_API_KEY`. */
  apiKey?: string | undefined;
  /** Reaches every request. Default: the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
  /** For one request. Default: 15000. */
  timeoutMs?: number | undefined;
  /** Signs requests, for exchanges that demand it. Default: `false`. */
  signRequests?: boolean | undefined;
}

let schema: z.ZodType | undefined;

/** @throws InvalidArgumentError naming each option that does not exist, or is not what it should be. */
export function assertExchangeRailOptions(options: ExchangeRailOptions): void {
  // Not made where this module is loaded: who imports the provider alone need not have it.
  schema ??= optionsOf<ExchangeRailOptions>({
    exchangeUrl: z.string('must be a text'),
    apiKey: z.string('must be a text'),
    fetch: functionOf<typeof globalThis.fetch>(),
    timeoutMs: number('a number of milliseconds above 0', (value) => value > 0),
    signRequests: flag,
  });
  assertOptions(schema, options, { of: 'exchangeRail' });
  const { exchangeUrl = '' } = options;
  // An empty one is one that is not set.
  if (exchangeUrl.trim() === '') return;
  try {
    exchangeBaseUrl(exchangeUrl);
  } catch (cause) {
    if (!SettlementError.isInstance(cause)) throw cause;
    throw new InvalidArgumentError({ argument: 'exchangeUrl', message: cause.message, cause });
  }
}
