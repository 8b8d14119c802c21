import type { LanguageModelV4CallOptions } from '@ai-sdk/provider';

/** Which conversation a call belongs to, as far as it says so. */
export function conversationOf({
  prompt,
  providerOptions,
}: LanguageModelV4CallOptions): string | undefined {
  const answer = prompt.findLast((message) => message.role === 'assistant');
  const answered = answer?.content.map((part) =>
    typeof part === 'string' ? undefined : part.providerOptions?.['a2a']?.['contextId'],
  );
  return [
    providerOptions?.['settlement']?.['conversationId'],
    providerOptions?.['a2a']?.['contextId'],
    ...(answered ?? []).reverse(),
  ].find((id) => typeof id === 'string');
}
