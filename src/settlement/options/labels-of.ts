import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';
import * as z from 'zod/v4';

/** The labels of a call, which have been checked. The receipt of an earlier call may stand in their place. */
export function labelsOf({
  providerOptions,
}: Pick<LanguageModelV4CallOptions, 'providerOptions'>): Record<string, string> | undefined {
  const own = providerOptions?.['settlement'];
  return own?.['status'] === undefined ? labels.safeParse(own?.['labels']).data : undefined;
}

const labels = z.record(z.string(), z.string());
