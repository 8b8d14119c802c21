import type {
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';

/** What a stream says, as the result of a call that waits for the whole of it. */
export async function resultOf(
  stream: ReadableStream<LanguageModelV4StreamPart>,
): Promise<LanguageModelV4GenerateResult> {
  const content: LanguageModelV4Content[] = [];
  let text = '';
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) throw new TypeError('terminated');
    if (value.type === 'error') throw value.error;
    if (value.type === 'text-delta') text += value.delta;
    if (value.type === 'text-end') {
      const { providerMetadata } = value;
      content.push({ type: 'text', text, ...(providerMetadata && { providerMetadata }) });
    }
    if (value.type !== 'finish') continue;
    const { finishReason, providerMetadata, usage } = value;
    return {
      content,
      finishReason,
      usage,
      warnings: [],
      ...(providerMetadata && { providerMetadata }),
    };
  }
}
