import { LoadSettingError } from '@ai-sdk/provider';
import { loadOptionalSetting } from '@ai-sdk/provider-utils';
import type { SettlementOptions } from './settlement-options';

/** The same names and defaults as the LiteLLM settlement callback. Read on each call. */
export function settlementDefaults(
  options: Pick<SettlementOptions, 'enabled' | 'maxTokensPerCall' | 'tokensPerCall' | 'ttlMinutes'>,
): {
  enabled: boolean;
  tokensPerCall: number;
  ttlMinutes: number;
  /** The ceiling for all agents, if one is set. */
  ceiling: { maxTokensPerCall?: number };
} {
  const most = options.maxTokensPerCall ?? wholeNumber('A2A_MAX_TOKENS_PER_CALL', undefined);
  return {
    ceiling: most === undefined ? {} : { maxTokensPerCall: most },
    enabled: options.enabled ?? isEnabled(),
    tokensPerCall: options.tokensPerCall ?? wholeNumber('A2A_DEFAULT_TOKENS_PER_CALL', 10),
    ttlMinutes: options.ttlMinutes ?? wholeNumber('A2A_DEFAULT_TTL_MINUTES', 60),
  };
}

function isEnabled(): boolean {
  const value = read('A2A_SETTLEMENT_ENABLED')?.trim().toLowerCase();
  return value === undefined || !['false', '0', 'no', 'off'].includes(value);
}

function wholeNumber<FALLBACK>(name: string, fallback: FALLBACK): number | FALLBACK {
  const value = read(name);
  if (value === undefined || value.trim() === '') return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 1) {
    throw new LoadSettingError({ message: `${name} must be a whole number >= 1.` });
  }
  return number;
}

function read(environmentVariableName: string): string | undefined {
  return loadOptionalSetting({ settingValue: undefined, environmentVariableName });
}
