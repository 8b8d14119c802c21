import { loadOptionalSetting } from '@ai-sdk/provider-utils';
import { SettlementError } from '../rail';
import { shownExchangeUrl } from './exchange-url';

export const DEFAULT_EXCHANGE_URL = 'https://sandbox.a2a-settlement.org';

/** The exchange's URL: the option, else `A2A_EXCHANGE_URL`, else the public sandbox. */
export function loadExchangeUrl(option?: string): string {
  return findExchangeUrl(option) ?? DEFAULT_EXCHANGE_URL;
}

/** The exchange's URL, if one is set. An empty option counts as unset. */
export function findExchangeUrl(option?: string): string | undefined {
  return option?.trim() || loadEnvironment('A2A_EXCHANGE_URL');
}

/** The exchange and the setting that it comes from, for errors about a wrong exchange. */
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
 * @throws SettlementError `NOT_CONFIGURED` if it is missing, or not valid in a header.
 */
export function loadExchangeApiKey(option?: string): string {
  const apiKey = cleanApiKey(
    option ?? loadEnvironment('A2A_PAYER_API_KEY') ?? loadEnvironment('A2A_API_KEY'),
  );
  if (apiKey === undefined) {
    throw new SettlementError({
      code: 'NOT_CONFIGURED',
      message: `The payer's API key of the exchange is missing. ${whereToSetIt()}`,
    });
  }
  return apiKey;
}

/** Workers without `nodejs_compat` have no `process`: their variables are in the `env` of the handler. */
function whereToSetIt(): string {
  return Reflect.get(globalThis, 'process') === undefined
    ? 'This runtime has no `process.env`: pass `exchangeUrl` and `apiKey` to `settlementMiddleware` or `createSettlement`.'
    : 'Set the environment variable A2A_PAYER_API_KEY, or pass `apiKey` to `settlementMiddleware` or `createSettlement`.';
}

/** An empty variable counts as unset. */
function loadEnvironment(environmentVariableName: string): string | undefined {
  return (
    loadOptionalSetting({ settingValue: undefined, environmentVariableName })?.trim() || undefined
  );
}

/**
 * The key without surrounding white space, which files and shells may add; undefined if nothing is left.
 *
 * @throws SettlementError `NOT_CONFIGURED` if the key is that of a header, is in quotation marks, or is not valid
 * in an HTTP header: the error of `fetch` would contain it.
 */
export function cleanApiKey(apiKey: string | undefined): string | undefined {
  const trimmed = apiKey?.trim();
  if (trimmed === undefined || trimmed === '') {
    return undefined;
  }
  const problem = /^bearer\b/i.test(trimmed)
    ? 'begins with "Bearer". Set the key alone: A2A_PAYER_API_KEY=ate_…'
    : /^["']/.test(trimmed)
      ? 'is in quotation marks. Set it without them: A2A_PAYER_API_KEY=ate_…'
      : /^[!-~]+$/.test(trimmed)
        ? undefined
        : 'has characters that no header can carry. Check A2A_PAYER_API_KEY.';
  if (problem === undefined) return trimmed;
  throw new SettlementError({
    code: 'NOT_CONFIGURED',
    message: `The exchange's API key ${problem}`,
  });
}
