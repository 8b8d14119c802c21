import { afterEach, describe, expect, test, vi } from 'vitest';
import { settlementDefaults } from '../../src/settlement/options/settlement-environment';

afterEach(() => vi.unstubAllEnvs());

describe('the defaults of the LiteLLM callback', () => {
  test('without any variable', () => {
    expect(settlementDefaults({})).toEqual({
      enabled: true,
      tokensPerCall: 10,
      ttlMinutes: 60,
      ceiling: {},
    });
  });

  test('variables are read at each call', () => {
    vi.stubEnv('A2A_DEFAULT_TOKENS_PER_CALL', '7');
    vi.stubEnv('A2A_DEFAULT_TTL_MINUTES', '15');
    vi.stubEnv('A2A_SETTLEMENT_ENABLED', 'False');
    vi.stubEnv('A2A_MAX_TOKENS_PER_CALL', '70');
    expect(settlementDefaults({})).toEqual({
      enabled: false,
      tokensPerCall: 7,
      ttlMinutes: 15,
      ceiling: { maxTokensPerCall: 70 },
    });
  });

  test('options win', () => {
    vi.stubEnv('A2A_DEFAULT_TOKENS_PER_CALL', '7');
    vi.stubEnv('A2A_SETTLEMENT_ENABLED', 'off');
    vi.stubEnv('A2A_MAX_TOKENS_PER_CALL', '70');
    const options = { enabled: true, tokensPerCall: 3, ttlMinutes: 2, maxTokensPerCall: 30 };
    expect(settlementDefaults(options)).toEqual({
      enabled: true,
      tokensPerCall: 3,
      ttlMinutes: 2,
      ceiling: { maxTokensPerCall: 30 },
    });
  });

  test.each(['ten', '1.5', '-1', '0'])('%s is no whole number', (value) => {
    vi.stubEnv('A2A_DEFAULT_TOKENS_PER_CALL', value);
    expect(() => settlementDefaults({})).toThrow(
      'A2A_DEFAULT_TOKENS_PER_CALL must be a whole number >= 1.',
    );
  });
});
