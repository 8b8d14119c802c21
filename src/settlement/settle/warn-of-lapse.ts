import type { LanguageModelV4, SharedV4Warning } from '@ai-sdk/provider';
import type { Hold } from '../../rails/rail';
import { totalTimeoutMsOf } from '../../internal/total-timeout';

/** A hold that lapses while its agent may still work is a hold that cannot be released. */
export function warnOfLapse(
  model: LanguageModelV4,
  { expiresAt }: Hold,
  now: number,
): SharedV4Warning[] {
  const totalTimeoutMs = totalTimeoutMsOf(model);
  const leftMs = expiresAt.getTime() - now;
  if (totalTimeoutMs === undefined || leftMs >= totalTimeoutMs) return [];
  const minutes = Math.ceil(totalTimeoutMs / 60_000) + 1;
  const message = `The hold lapses in ${Math.round(leftMs / 1000)} s, and the agent may take ${Math.round(totalTimeoutMs / 1000)} s: it would not be paid for what it delivers after that. Set ttlMinutes to ${minutes} or more.`;
  return [{ type: 'other', message }];
}
