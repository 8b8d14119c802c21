import { loadOptionalSetting } from '@ai-sdk/provider-utils';
import { SettlementError } from '../rail';
import { shownExchangeUrl } from './exchange-url';

export const DEFAULT_EXCHANGE_URL = 'https://sandbox.a2a-settlement.org';

/** The exchange's URL: the option, else `A2A_EXCHANGE_URL`, else the public sandbox. */
export function loadExchangeUrl(option?: string): string {
  return findExchangeUrl(option) ?? DEFAULT_EXCHANGE_URL;
}

/** The exchange's URL, if anybody has set it. An empty option is one that is not set. */
export function findExchangeUrl(option?: string): string | undefined {
  return option?.trim() || loadEnvironment('A2A_EXCHANGE_URL');
}

/** The exchange and the setting that names it, for the developer who pays through the wrong one. */
export function describeExchange(option?: string): { ledger: string; setting: string } {
  const url = findExchangeUrl(option);
  const shown = shownExchangeUrl(url ?? DEFAULT_EXCHANGE_URL);
  return {
    ledger: url === undefined ? `${shown} (A2A_EXCHANGE_URL is not set)` : shown,
    setting: option?.trim() ? '`exchangeUrl`' : 'A2A_EXCHANGE_URL',
  };
}

/**
 * The payer's API key: the option, else `A2A_PAYER_API_KEY`, else `A2A_API_KEY`.
 *
 * @throws SettlementError `NOT_CONFIGURED` when there is none, or none that can be sent.
 */
export function loadExchangeApiKey(option?: string): string {
  const apiKey = cleanApiKey(
    option ?? loadEnvironment('A2A_PAYER_API_KEY') ?? loadEnvironment('A2A_API_KEY'),
  );
  if (apiKey === undefined) {
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message:
        "The payer's API key of the exchange is missing. Set the environment variable A2A_PAYER_API_KEY, or pass `apiKey` to `createSettlement` or `exchangeRail`.",
    });
  }
  return apiKey;
}

/** An empty variable is one that is not set. */
function loadEnvironment(environmentVariableName: string): string | undefined {
  return (
    loadOptionalSetting({ settingValue: undefined, environmentVariableName })?.trim() || undefined
  );
}

/**
 * The key without the white space that files and shells leave around it, or undefined when nothing
 * is left.
 *
 * @throws SettlementError `NOT_CONFIGURED` when no HTTP header can carry it: `fetch` would print it.
 */
export function cleanApiKey(apiKey: string | undefined): string | undefined {
  const trimmed = apiKey?.trim();
  if (trimmed === undefined || trimmed === '') {
    return undefined;
  }
  if (!/^[!-~]+$/.test(trimmed)) {
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message:
        "The exchange's API key has characters that no header can carry. Check A2A_PAYER_API_KEY.",
    });
  }
  return trimmed;
}
