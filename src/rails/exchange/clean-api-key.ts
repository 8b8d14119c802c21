import { SettlementError } from '../rail';

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
